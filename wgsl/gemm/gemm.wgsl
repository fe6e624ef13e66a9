// Matrix multiplication whose left operand need not exist as a matrix (implicit GEMM):
//   y[m, n] = activation(Σ over k of A[m, k] · B[k, n] + bias[n])
// k is cut into `runs()` runs of `params.run_length` steps (for a convolution: one run per kernel position, one step
// per channel). Within a run the addresses of both operands advance by constant strides, so that all the index
// arithmetic happens once a run. The operands file that goes with this one defines A and B:
//   fn runs() -> u32
//   alias Row; fn row_of(m: u32) -> Row              what of A's row m does not depend on the run
//   fn run_of(row: Row, run: u32) -> Run
//   fn b_start(n: u32, run: u32) -> u32              where column n of B begins in that run
// and the same for single elements, wherever in k they are: see gemm_panels.wgsl.
// Prelude: A and B, what an operand is loaded as: f32, or vec4f, which brings four neighbours at once; StoredA and StoredB,
// what that is in memory, the same or in halves: f16 or vec4h.
// params.y_stride: elements from one row of y to the next, more than its columns where y is a window of a wider matrix.
// params.splits: parts that k is divided into, of params.split_steps each; every part writes a matrix of its own.
// params.a_stride, params.b_stride: elements from one step of a run to the next.
// How four neighbouring sums are finished and stored, and y and bias with that, is in gemm_store_*.wgsl.
override has_bias: bool = false;
// Add to y's values instead of replacing them.
override accumulate: bool = false;

@group(0) @binding(1) var<storage, read> a: array<StoredA>;
@group(0) @binding(2) var<storage, read> b: array<StoredB>;

// Step i of the run is a[start + i · a_stride] for first ≤ i < first + count, else zero.
struct Run {
  start: i32,
  first: u32,
  count: u32,
}

// A place in k, as three digits: a step of a run and the run's two.
struct Position {
  step: u32,
  inner: u32,
  outer: u32,
  // What the digits add to an operand's address: of a in elements, of b in what a load brings.
  a: u32,
  b: u32,
}

// Of a, where it is inside, else zero.
struct Element {
  index: u32,
  is_inside: bool,
}

// The element, or the four from there on, where A is vec4f.
fn a_at(run: Run, step: u32) -> A {
  let inside = step - run.first < run.count;
  let i = u32(select(0, run.start + i32(step * params.a_stride), inside)) / a_width;
  return select(A(0.0), A(a[i]), inside);
}

fn b_at(start: u32, step: u32) -> B {
  return B(b[(start + step * params.b_stride) / b_width]);
}

// One tile of one part of the result.
struct Tile {
  row: u32,
  column: u32,
  split: u32,
}

// Neighbouring workgroups share columns: B's are read again while they are in the cache.
fn tile_of(index: u32, tile_rows: u32, tile_columns: u32) -> Tile {
  let down = (params.rows + tile_rows - 1u) / tile_rows;
  let across = (params.columns + tile_columns - 1u) / tile_columns;
  return Tile(index % down * tile_rows, index / down % across * tile_columns, index / (down * across));
}

// Of four rows or columns, the first; past the matrix, its last four once more, whose sums are not stored.
fn first_of_four(start: u32, size: u32) -> u32 {
  return min(start, (size - 1u) / 4u * 4u);
}

// The steps [x, y) that a part adds up, of all.
fn steps_of(split: u32) -> vec2u {
  let start = split * params.split_steps;
  return min(vec2u(start, start + params.split_steps), vec2u(runs() * params.run_length));
}
