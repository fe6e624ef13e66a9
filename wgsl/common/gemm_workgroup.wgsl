// Each workgroup of 16 × 16 invocations computes a tile of 64 × 64 elements, 4 × 4 an invocation, from panels of both
// operands, 16 steps deep, that it brings into workgroup memory.
// Which of an operand's two axes is contiguous in memory: neighbouring invocations then load neighbouring elements.
override a_contiguous_in_k: bool;
override b_contiguous_in_k: bool;

const tile_size = 64u;
const depth = 16u;

var<workgroup> a_panel: array<f32, 1024>;
var<workgroup> b_panel: array<f32, 1024>;

// Row or column (x) and step (y) of the i-th of four panel elements that an invocation loads.
fn panel_element(local: u32, i: u32, contiguous_in_k: bool) -> vec2u {
  if (contiguous_in_k) {
    return vec2u(local / depth + i * 16u, local % depth);
  }
  return vec2u(local % tile_size, local / tile_size + i * 4u);
}

fn four_of_a(i: u32) -> vec4f {
  return vec4f(a_panel[i], a_panel[i + 1u], a_panel[i + 2u], a_panel[i + 3u]);
}

fn four_of_b(i: u32) -> vec4f {
  return vec4f(b_panel[i], b_panel[i + 1u], b_panel[i + 2u], b_panel[i + 3u]);
}

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) position: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tile = tile_of(linear_index(workgroup, groups, 0u, 1u), tile_size, tile_size);
  if (tile.split >= splits) {
    return;
  }
  var row: array<Row, 4>;
  for (var i = 0u; i < 4u; i++) {
    row[i] = row_of(min(tile.row + panel_element(local, i, a_contiguous_in_k).x, rows() - 1u));
  }
  var sum: array<vec4f, 4>;
  let steps = steps_of(tile.split);
  for (var first = steps.x; first < steps.y; first += depth) {
    for (var i = 0u; i < 4u; i++) {
      let at_a = panel_element(local, i, a_contiguous_in_k);
      let k_a = first + at_a.y;
      // Steps beyond the part's end are zeros; addresses stay within the part.
      let k = min(k_a, steps.y - 1u);
      let value_a = a_at(run_of(row[i], k / run_length), k % run_length);
      a_panel[at_a.y * tile_size + at_a.x] = select(0.0, value_a, k_a < steps.y);

      let at_b = panel_element(local, i, b_contiguous_in_k);
      let k_b = min(first + at_b.y, steps.y - 1u);
      let n = min(tile.column + at_b.x, columns - 1u);
      b_panel[at_b.y * tile_size + at_b.x] = b[b_start(n, k_b / run_length) + k_b % run_length * b_stride];
    }
    workgroupBarrier();
    for (var k = 0u; k < depth; k++) {
      let a_rows = four_of_a(k * tile_size + position.y * 4u);
      let b_columns = four_of_b(k * tile_size + position.x * 4u);
      for (var r = 0u; r < 4u; r++) {
        sum[r] = fma(vec4f(a_rows[r]), b_columns, sum[r]);
      }
    }
    workgroupBarrier();
  }
  for (var r = 0u; r < 4u; r++) {
    let m = tile.row + position.y * 4u + r;
    for (var c = 0u; c < 4u; c++) {
      let n = tile.column + position.x * 4u + c;
      if (m < rows() && n < columns) {
        write(tile, m, n, sum[r][c]);
      }
    }
  }
}
