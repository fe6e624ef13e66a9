// Each workgroup computes a tile by subgroup matrices (tensor cores): its invocations bring panels of both operands,
// 32 steps deep and rounded to float16, into workgroup memory; its subgroups multiply matrices of them and add up in
// float32, 32 × 64 sums a subgroup. Dawn's extension chromium_experimental_subgroup_matrix.
// Prelude: lanes (the subgroup size); matrix_m, matrix_n, matrix_k (a product of matrices that the adapter has);
// row_subgroups, column_subgroups (how many cover the tile, down and across); a_contiguous_in_k, b_contiguous_in_k (which
// of an operand's axes is contiguous in memory: so it is in its panel, and a vec4f lies along it).
const depth = 32u;
const subgroup_rows = 32u;
const subgroup_columns = 64u;
const tile_rows = subgroup_rows * row_subgroups;
const tile_columns = subgroup_columns * column_subgroups;
const row_matrices = subgroup_rows / matrix_m;
const column_matrices = subgroup_columns / matrix_n;
const subgroups = row_subgroups * column_subgroups;
const invocations = lanes * subgroups;

alias Left = subgroup_matrix_left<f16, matrix_k, matrix_m>;
alias Right = subgroup_matrix_right<f16, matrix_n, matrix_k>;
alias Sums = subgroup_matrix_result<f32, matrix_n, matrix_m>;

// A panel is rows (A) or columns (B) of steps, or steps of rows or columns. From one such line to the next it is 16 bytes
// more than the line has, so that neighbouring lines lie in different memory banks; matrices have to begin at 16 bytes.
const a_line = select(tile_rows, depth, a_contiguous_in_k);
const b_line = select(tile_columns, depth, b_contiguous_in_k);
const a_line_stride = a_line + 8u;
const b_line_stride = b_line + 8u;
var<workgroup> a_panel: array<f16, tile_rows * depth / a_line * a_line_stride>;
var<workgroup> b_panel: array<f16, tile_columns * depth / b_line * b_line_stride>;
// A matrix of sums of each subgroup, on its way to y.
var<workgroup> results: array<f32, subgroups * matrix_m * matrix_n>;

// Loads that an invocation makes for each panel; the sizes are powers of two, which leaves no remainder.
const a_loads = tile_rows * depth / a_width / invocations;
const b_loads = tile_columns * depth / b_width / invocations;
alias ALoads = array<vec4h, a_loads>;
alias BLoads = array<vec4h, b_loads>;

// The line of a panel, and the place in it, where a load goes.
fn place_of(load: u32, line: u32, width: u32) -> vec2u {
  let loads = line / width;
  return vec2u(load / loads, load % loads * width);
}

// Row and step, counted from the panel's corner.
fn a_place(load: u32) -> vec2u {
  let place = place_of(load, a_line, a_width);
  return select(place.yx, place, a_contiguous_in_k);
}

// Column and step.
fn b_place(load: u32) -> vec2u {
  let place = place_of(load, b_line, b_width);
  return select(place.yx, place, b_contiguous_in_k);
}

// The panel of steps from steps.x on; those from steps.y on are zeros, in both operands, since 0 · ∞ is none.
fn load_a(rows: ptr<function, array<Row, a_loads>>, steps: vec2u, local: u32) -> ALoads {
  var loads: ALoads;
  for (var i = 0u; i < a_loads; i++) {
    let k = steps.x + a_place(local + i * invocations).y;
    if (k < steps.y) {
      loads[i] = vec4h(vec4f(a_at(run_of(rows[i], k / params.run_length), k % params.run_length)));
    }
  }
  return loads;
}

fn load_b(columns: ptr<function, array<u32, b_loads>>, steps: vec2u, local: u32) -> BLoads {
  var loads: BLoads;
  for (var i = 0u; i < b_loads; i++) {
    let k = steps.x + b_place(local + i * invocations).y;
    if (k < steps.y) {
      loads[i] = vec4h(vec4f(b_at(b_start(columns[i], k / params.run_length), k % params.run_length)));
    }
  }
  return loads;
}

fn stage_a(loads: ptr<function, ALoads>, local: u32) {
  for (var i = 0u; i < a_loads; i++) {
    let place = place_of(local + i * invocations, a_line, a_width);
    for (var j = 0u; j < a_width; j++) {
      a_panel[place.x * a_line_stride + place.y + j] = loads[i][j];
    }
  }
}

fn stage_b(loads: ptr<function, BLoads>, local: u32) {
  for (var i = 0u; i < b_loads; i++) {
    let place = place_of(local + i * invocations, b_line, b_width);
    for (var j = 0u; j < b_width; j++) {
      b_panel[place.x * b_line_stride + place.y + j] = loads[i][j];
    }
  }
}

// The matrix whose corner is at a row and a step of A's panel.
fn left_at(row: u32, step: u32) -> Left {
  if (a_contiguous_in_k) {
    return subgroupMatrixLoad<Left, row_major>(&a_panel, row * a_line_stride + step, a_line_stride);
  }
  return subgroupMatrixLoad<Left, col_major>(&a_panel, step * a_line_stride + row, a_line_stride);
}

// The matrix whose corner is at a step and a column of B's panel.
fn right_at(step: u32, column: u32) -> Right {
  if (b_contiguous_in_k) {
    return subgroupMatrixLoad<Right, col_major>(&b_panel, column * b_line_stride + step, b_line_stride);
  }
  return subgroupMatrixLoad<Right, row_major>(&b_panel, step * b_line_stride + column, b_line_stride);
}

@compute @workgroup_size(invocations)
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
  // Loads beyond the matrix bring its last rows and columns again, whose sums are not stored.
  var rows: array<Row, a_loads>;
  for (var i = 0u; i < a_loads; i++) {
    rows[i] = row_of(min(tile.row + a_place(local + i * invocations).x, last_row()));
  }
  var columns: array<u32, b_loads>;
  for (var i = 0u; i < b_loads; i++) {
    columns[i] = min(tile.column + b_place(local + i * invocations).x, last_column());
  }
  let subgroup_row = subgroup / column_subgroups * subgroup_rows;
  let subgroup_column = subgroup % column_subgroups * subgroup_columns;
  var sums: array<array<Sums, column_matrices>, row_matrices>;
  var steps = steps_of(tile.split);
  var a_loads_next = load_a(&rows, steps, local);
  var b_loads_next = load_b(&columns, steps, local);
  while (steps.x < steps.y) {
    stage_a(&a_loads_next, local);
    stage_b(&b_loads_next, local);
    workgroupBarrier();
    // The next panels are under way while these are multiplied.
    steps.x += depth;
    a_loads_next = load_a(&rows, steps, local);
    b_loads_next = load_b(&columns, steps, local);
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

// Where a load brings four rows or columns, the last one begins at a multiple of four.
fn last_row() -> u32 {
  return select((params.rows - 1u) / a_width * a_width, params.rows - 1u, a_contiguous_in_k);
}

fn last_column() -> u32 {
  return select((params.columns - 1u) / b_width * b_width, params.columns - 1u, b_contiguous_in_k);
}
