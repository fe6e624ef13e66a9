// Each workgroup of 16 × 16 invocations computes a tile of 64 × 64 elements, 4 × 4 an invocation, from panels of both
// operands, 16 steps deep, that it brings into workgroup memory.
// Which of an operand's two axes is contiguous in memory: neighbouring invocations then load neighbouring elements.
override a_contiguous_in_k: bool;
override b_contiguous_in_k: bool;

const tile_size = 64u;
const depth = 16u;
// 16 quads of four rows or columns a step, and one unused, so that neighbouring steps lie in different memory banks.
const quads = 17u;

var<workgroup> a_panel: array<vec4f, 272>;
var<workgroup> b_panel: array<vec4f, 272>;

// Quad (x) and step (y) of the four panel elements that an invocation loads.
fn loaded_quad(local: u32, contiguous_in_k: bool) -> vec2u {
  let split = vec2u(local / 16u, local % 16u);
  return select(split.yx, split, contiguous_in_k);
}

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) position: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tile = tile_of(linear_index(workgroup, groups, 0u, 1u), tile_size, tile_size);
  if (tile.split >= params.splits) {
    return;
  }
  let a_quad = loaded_quad(local, a_contiguous_in_k);
  let b_quad = loaded_quad(local, b_contiguous_in_k);
  var row: array<Row, 4>;
  var column: array<u32, 4>;
  for (var i = 0u; i < 4u; i++) {
    row[i] = row_of(min(tile.row + a_quad.x * 4u + i, params.rows - 1u));
    column[i] = min(tile.column + b_quad.x * 4u + i, params.columns - 1u);
  }
  var sum: array<vec4f, 4>;
  let steps = steps_of(tile.split);
  for (var first = steps.x; first < steps.y; first += depth) {
    // Steps beyond the part's end count nothing; their addresses stay within the part.
    let k_a = min(first + a_quad.y, steps.y - 1u);
    let k_b = min(first + b_quad.y, steps.y - 1u);
    let counts = first + a_quad.y < steps.y;
    var a_four: vec4f;
    var b_four: vec4f;
    for (var i = 0u; i < 4u; i++) {
      a_four[i] = select(0.0, a_at(run_of(row[i], k_a / params.run_length), k_a % params.run_length), counts);
      b_four[i] = b_at(b_start(column[i], k_b / params.run_length), k_b % params.run_length);
    }
    a_panel[a_quad.y * quads + a_quad.x] = a_four;
    b_panel[b_quad.y * quads + b_quad.x] = b_four;
    workgroupBarrier();
    // A loop of unknown length in pieces of known length: unrolling all 16 steps gains little and compiles for seconds.
    let end = min(depth, steps.y - first);
    for (var piece = 0u; piece < end; piece += 4u) {
      for (var k = piece; k < piece + 4u; k++) {
        let a_rows = a_panel[k * quads + position.y];
        let b_columns = b_panel[k * quads + position.x];
        for (var r = 0u; r < 4u; r++) {
          sum[r] = fma(vec4f(a_rows[r]), b_columns, sum[r]);
        }
      }
    }
    workgroupBarrier();
  }
  for (var r = 0u; r < 4u; r++) {
    store(tile, tile.row + position.y * 4u + r, tile.column + position.x * 4u, sum[r]);
  }
}
