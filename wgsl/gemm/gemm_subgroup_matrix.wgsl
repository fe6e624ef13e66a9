// Each workgroup computes a tile by subgroup matrices (tensor cores): its invocations bring panels of both operands, rounded to
// the matrices' factors, into workgroup memory; its subgroups multiply matrices of them and add up in float32, 32 × 64 sums a
// subgroup. Dawn's extension chromium_experimental_subgroup_matrix.
// Prelude: Factor (f16 or f32) and depth (steps of a panel, 64 bytes of them); lanes (the subgroup size); matrix_m, matrix_n,
// matrix_k (a product of matrices that the adapter has); row_subgroups, column_subgroups (how many cover the tile, down and
// across); padding (elements from the end of a panel's line to the next line).
const subgroup_rows = 32u;
const subgroup_columns = 64u;
const tile_rows = subgroup_rows * row_subgroups;
const tile_columns = subgroup_columns * column_subgroups;
const row_matrices = subgroup_rows / matrix_m;
const column_matrices = subgroup_columns / matrix_n;
const subgroups = row_subgroups * column_subgroups;
const invocations = lanes * subgroups;

alias Left = subgroup_matrix_left<Factor, matrix_k, matrix_m>;
alias Right = subgroup_matrix_right<Factor, matrix_n, matrix_k>;
alias Sums = subgroup_matrix_result<f32, matrix_n, matrix_m>;

// A panel is rows (A) or columns (B) of steps, whichever way the operand lies in memory: so matrix units read both. From one such
// line to the next it is 16 bytes more than the line has, so that neighbouring lines lie in different memory banks; matrices have
// to begin at 16 bytes.
const line = depth + padding;
var<workgroup> a_panel: array<Factor, tile_rows * line>;
var<workgroup> b_panel: array<Factor, tile_columns * line>;
// A matrix of sums of each subgroup, on its way to y.
var<workgroup> results: array<f32, subgroups * matrix_m * matrix_n>;

// a_to, b_to: the invocation's first row or column, and step.
fn stage(loads: ptr<function, Loads>, a_to: vec2u, b_to: vec2u) {
  let a_next = select(line, 1u, a_contiguous_in_k);
  for (var i = 0u; i < a_loads; i++) {
    let values = select(vec4f(), vec4f(A((*loads).a[i])), (*loads).a_inside[i]);
    let at = (a_to.x + i * a_load_stride) * line + a_to.y;
    for (var j = 0u; j < a_width; j++) {
      a_panel[at + j * a_next] = Factor(values[j]);
    }
  }
  let b_next = select(line, 1u, b_contiguous_in_k);
  for (var i = 0u; i < b_loads; i++) {
    let values = select(vec4f(), vec4f(B((*loads).b[i])), (*loads).b_inside);
    let at = (b_to.x + i * b_load_stride) * line + b_to.y;
    for (var j = 0u; j < b_width; j++) {
      b_panel[at + j * b_next] = Factor(values[j]);
    }
  }
}

// The matrix whose corner is at a row and a step of A's panel.
fn left_at(row: u32, step: u32) -> Left {
  return subgroupMatrixLoad<Left, row_major>(&a_panel, row * line + step, line);
}

// The matrix whose corner is at a step and a column of B's panel.
fn right_at(step: u32, column: u32) -> Right {
  return subgroupMatrixLoad<Right, col_major>(&b_panel, column * line + step, line);
}

@compute @workgroup_size(invocations) @subgroup_size(lanes)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_id) subgroup: u32,
  @builtin(subgroup_invocation_id) lane: u32,
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
  let subgroup_row = subgroup / column_subgroups * subgroup_rows;
  let subgroup_column = subgroup % column_subgroups * subgroup_columns;
  var sums: array<array<Sums, column_matrices>, row_matrices>;
  let steps = steps_of(tile.split);
  var a_at = position_of(steps.x + a_to.y);
  var b_at = position_of(steps.x + b_to.y);
  var loads = loads_at(&rows, &columns, a_at, a_to.y, b_at, b_to.y, steps.y - steps.x);
  stage(&loads, a_to, b_to);
  for (var k = steps.x; k < steps.y; k += depth) {
    workgroupBarrier();
    // The next panels are under way while these are multiplied.
    let left = steps.y - k;
    let has_next = left > depth;
    a_at = advanced(a_at, has_next);
    b_at = advanced(b_at, has_next);
    let count = select(left, left - depth, has_next);
    var next = loads_at(&rows, &columns, a_at, a_to.y, b_at, b_to.y, count);
    for (var step = 0u; step < depth; step += matrix_k) {
      var right: array<Right, column_matrices>;
      for (var c = 0u; c < column_matrices; c++) {
        right[c] = right_at(step, subgroup_column + c * matrix_n);
      }
      for (var r = 0u; r < row_matrices; r++) {
        let left = left_at(subgroup_row + r * matrix_m, step);
        for (var c = 0u; c < column_matrices; c++) {
          sums[r][c] = subgroupMatrixMultiplyAccumulate(left, right[c], sums[r][c]);
        }
      }
    }
    workgroupBarrier();
    stage(&next, a_to, b_to);
  }
  let result = subgroup * matrix_m * matrix_n;
  for (var r = 0u; r < row_matrices; r++) {
    for (var c = 0u; c < column_matrices; c++) {
      subgroupMatrixStore<row_major>(&results, result, sums[r][c], matrix_n);
      workgroupBarrier();
      for (var i = lane * 4u; i < matrix_m * matrix_n; i += lanes * 4u) {
        let at = result + i;
        store(
          tile,
          tile.row + subgroup_row + r * matrix_m + i / matrix_n,
          tile.column + subgroup_column + c * matrix_n + i % matrix_n,
          vec4f(results[at], results[at + 1u], results[at + 2u], results[at + 3u]),
        );
      }
      workgroupBarrier();
    }
  }
}
