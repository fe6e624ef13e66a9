// Matrix multiplication whose left operand need not exist as a matrix (implicit GEMM):
//   y[m, n] = activation(Σ over k of A[m, k] · B[k, n] + bias[n])
// k is cut into `runs()` runs of `run_length` steps (for a convolution: one run per kernel position, one step per
// channel). Within a run the addresses of both operands advance by constant strides, so that all the index
// arithmetic happens once a run. What A and B are is told by the operands file that goes with this one:
//   override run_length, a_stride, b_stride          steps of a run; elements from one step to the next
//   fn runs() -> u32
//   alias Row; fn row_of(m: u32) -> Row              what of A's row m does not depend on the run
//   fn run_of(row: Row, run: u32) -> Run
//   fn b_start(n: u32, run: u32) -> u32              where column n of B begins in that run
override columns: u32;
// Elements from one row of y to the next: more than its columns where y is a window of a wider matrix.
override y_stride: u32 = columns;
// Parts that k is divided into; each writes a matrix of its own, and gemm_reduce adds them up.
override splits: u32 = 1u;
override has_bias: bool = false;
// Add to what y holds.
override accumulate: bool = false;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;

// Step i of the run is a[start + i · a_stride] for first ≤ i < first + count, else zero.
struct Run {
  start: i32,
  first: u32,
  count: u32,
}

fn a_at(run: Run, step: u32) -> f32 {
  let inside = step - run.first < run.count;
  return select(0.0, a[select(0, run.start + i32(step * a_stride), inside)], inside);
}

fn rows() -> u32 {
  // A window's last row ends where the window does.
  return (arrayLength(&y) + y_stride * splits - 1u) / (y_stride * splits);
}

// One tile of one part of the result.
struct Tile {
  row: u32,
  column: u32,
  split: u32,
}

// Neighbouring workgroups share columns: B's are read again while they are in the cache.
fn tile_of(index: u32, tile_rows: u32, tile_columns: u32) -> Tile {
  let down = (rows() + tile_rows - 1u) / tile_rows;
  let across = (columns + tile_columns - 1u) / tile_columns;
  return Tile(index % down * tile_rows, index / down % across * tile_columns, index / (down * across));
}

// The steps [x, y) that a part adds up, of runs() · run_length in all.
fn steps_of(split: u32) -> vec2u {
  let all = runs() * run_length;
  let each = (all + splits - 1u) / splits;
  return min(vec2u(split * each, (split + 1u) * each), vec2u(all));
}

fn write(tile: Tile, m: u32, n: u32, sum: f32) {
  let i = (tile.split * rows() + m) * y_stride + n;
  var value = sum;
  if (accumulate) {
    value += y[i];
  }
  if (has_bias) {
    value += bias[n];
  }
  y[i] = activate(value);
}
