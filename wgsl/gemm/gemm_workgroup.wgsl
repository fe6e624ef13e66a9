// Each workgroup of 16 × 16 invocations computes a tile of 64 or 128 rows by 64 or 128 columns, of 8 × 8 invocations one of
// 32 by 32, 4 or 8 by 4 or 8 an invocation, from panels of both operands, 16 steps deep, that it brings into workgroup memory. The more sums an
// invocation keeps, the fewer elements it reads for each multiply-add: 8 by 8 take a quarter of an element, 4 by 4 half.
// Prelude: side (16 or 8); row_quads, column_quads (1 or 2: quads of rows and of columns that an invocation keeps sums of); buffers
// (1, or 2: the next panels are staged while others still multiply the present ones, where memory is plenty); unrolled
// (whether a panel's steps are straight-line code: CPU adapters compile that for seconds).
const depth = 16u;
const invocations = side * side;
const tile_rows = 4u * side * row_quads;
const tile_columns = 4u * side * column_quads;

// Quads of rows or columns of a step, and one unused, so that neighbouring steps lie in different memory banks. Nested, so that
// where a panel's steps are constants, Dawn's check of an index is made once and not for every step.
const a_line = side * row_quads + 1u;
const b_line = side * column_quads + 1u;
var<workgroup> a_panels: array<array<array<array<vec4f, a_line>, 4>, depth / 4u>, buffers>;
var<workgroup> b_panels: array<array<array<array<vec4f, b_line>, 4>, depth / 4u>, buffers>;

// a_to, b_to: the invocation's first row or column, and step.
fn stage(loads: ptr<function, Loads>, buffer: u32, a_to: vec2u, b_to: vec2u) {
  for (var i = 0u; i < a_loads; i++) {
    let values = select(vec4f(), vec4f(A((*loads).a[i])), (*loads).a_inside[i]);
    let row = a_to.x + i * a_load_stride;
    let quad = row / 4u;
    if (a_width == 1u) {
      a_panels[buffer][a_to.y / 4u][a_to.y % 4u][quad][row % 4u] = values.x;
    } else if (a_contiguous_in_k) {
      for (var s = 0u; s < 4u; s++) {
        a_panels[buffer][a_to.y / 4u][s][quad][row % 4u] = values[s];
      }
    } else {
      a_panels[buffer][a_to.y / 4u][a_to.y % 4u][quad] = values;
    }
  }
  for (var i = 0u; i < b_loads; i++) {
    let values = select(vec4f(), vec4f(B((*loads).b[i])), (*loads).b_inside);
    let column = b_to.x + i * b_load_stride;
    let quad = column / 4u;
    if (b_width == 1u) {
      b_panels[buffer][b_to.y / 4u][b_to.y % 4u][quad][column % 4u] = values.x;
    } else if (b_contiguous_in_k) {
      for (var s = 0u; s < 4u; s++) {
        b_panels[buffer][b_to.y / 4u][s][quad][column % 4u] = values[s];
      }
    } else {
      b_panels[buffer][b_to.y / 4u][b_to.y % 4u][quad] = values;
    }
  }
}

alias Sums = array<array<vec4f, column_quads>, 4u * row_quads>;

// Four steps of the panels.
fn multiply(sum: ptr<function, Sums>, buffer: u32, position: vec3u, four: u32) {
  for (var i = 0u; i < 4u; i++) {
    var b_columns: array<vec4f, column_quads>;
    for (var c = 0u; c < column_quads; c++) {
      b_columns[c] = b_panels[buffer][four][i][c * side + position.x];
    }
    for (var q = 0u; q < row_quads; q++) {
      let a_rows = a_panels[buffer][four][i][q * side + position.y];
      for (var r = 0u; r < 4u; r++) {
        for (var c = 0u; c < column_quads; c++) {
          (*sum)[q * 4u + r][c] = fma(vec4f(a_rows[r]), b_columns[c], (*sum)[q * 4u + r][c]);
        }
      }
    }
  }
}

@compute @workgroup_size(side, side)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) position: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tile = tile_of(linear_index(workgroup, groups, 0u, 1u), tile_rows, tile_columns);
  if (tile.split >= params.splits) {
    return;
  }
  let a_to = place_of(local, a_width, a_contiguous_in_k);
  var rows: array<Row, a_loads>;
  for (var i = 0u; i < a_loads; i++) {
    rows[i] = row_of(min(tile.row + a_to.x + i * a_load_stride, last_row()));
  }
  let b_to = place_of(local, b_width, b_contiguous_in_k);
  var columns: array<u32, b_loads>;
  for (var i = 0u; i < b_loads; i++) {
    columns[i] = b_column(min(tile.column + b_to.x + i * b_load_stride, last_column())) / b_width;
  }
  let steps = steps_of(tile.split);
  var a_at = position_of(steps.x + a_to.y);
  var b_at = position_of(steps.x + b_to.y);
  var sum: Sums;
  var loads = loads_at(&rows, &columns, a_at, a_to.y, b_at, b_to.y, steps.y - steps.x);
  stage(&loads, 0u, a_to, b_to);
  var buffer = 0u;
  for (var k = steps.x; k < steps.y; k += depth) {
    workgroupBarrier();
    // The next panels are under way while these are multiplied.
    let left = steps.y - k;
    let has_next = left > depth;
    let a_next = advanced(a_at, has_next);
    if (same_steps) {
      b_at = a_next;
    } else {
      b_at = advanced(b_at, has_next);
    }
    a_at = a_next;
    let count = select(left, left - depth, has_next);
    var next = loads_at(&rows, &columns, a_at, a_to.y, b_at, b_to.y, count);
    if (unrolled) {
      multiply(&sum, buffer, position, 0u);
      multiply(&sum, buffer, position, 1u);
      multiply(&sum, buffer, position, 2u);
      multiply(&sum, buffer, position, 3u);
    } else {
      let end = min(depth, left);
      for (var four = 0u; 4u * four < end; four++) {
        multiply(&sum, buffer, position, four);
      }
    }
    buffer = (buffer + 1u) % buffers;
    if (buffers == 1u) {
      workgroupBarrier();
    }
    stage(&next, buffer, a_to, b_to);
  }
  for (var q = 0u; q < row_quads; q++) {
    for (var r = 0u; r < 4u; r++) {
      for (var c = 0u; c < column_quads; c++) {
        let row = tile.row + (q * side + position.y) * 4u + r;
        store(tile, row, tile.column + (c * side + position.x) * 4u, sum[q * 4u + r][c]);
      }
    }
  }
}
