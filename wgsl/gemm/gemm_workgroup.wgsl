// Each workgroup of 16 × 16 invocations computes a tile of 64 or 128 rows by 64 or 128 columns, 4 or 8 by 4 or 8 an
// invocation, from panels of both operands, 16 steps deep, that it brings into workgroup memory. The more sums an
// invocation keeps, the fewer elements it reads for each multiply-add: 8 by 8 take a quarter of an element, 4 by 4 half.
// Prelude: row_quads, column_quads (1 or 2: quads of rows and of columns that an invocation keeps sums of);
// a_contiguous_in_k, b_contiguous_in_k (which of an operand's axes is contiguous in memory: a vec4f lies along it).
const side = 16u;
const depth = 16u;
const tile_rows = 4u * side * row_quads;
const tile_columns = 4u * side * column_quads;

// Quads of rows or columns of a step, and one unused, so that neighbouring steps lie in different memory banks.
const a_line = side * row_quads + 1u;
const b_line = side * column_quads + 1u;
var<workgroup> a_panel: array<vec4f, depth * a_line>;
var<workgroup> b_panel: array<vec4f, depth * b_line>;

// What an invocation brings of a panel: of each of four steps, four rows or columns. Some bring A's, some B's.
alias Block = array<vec4f, 4>;
const a_blocks = side * row_quads * depth / 4u;
const b_blocks = side * column_quads * depth / 4u;

// The quad of rows or columns, and the first step, of a block. Neighbouring invocations load neighbouring elements.
fn place_of(block: u32, quads: u32, contiguous_in_k: bool) -> vec2u {
  const blocks_deep = depth / 4u;
  let deep_first = vec2u(block / blocks_deep, block % blocks_deep * 4u);
  return select(vec2u(block % quads, block / quads * 4u), deep_first, contiguous_in_k);
}

fn a_place(local: u32) -> vec2u {
  return place_of(local, side * row_quads, a_contiguous_in_k);
}

fn b_place(local: u32) -> vec2u {
  return place_of(local - a_blocks, side * column_quads, b_contiguous_in_k);
}

fn brings_a(local: u32) -> bool {
  return local < a_blocks;
}

fn brings_b(local: u32) -> bool {
  return local >= a_blocks && local < a_blocks + b_blocks;
}

fn transposed(block: Block) -> Block {
  let turned = transpose(mat4x4f(block[0], block[1], block[2], block[3]));
  return Block(turned[0], turned[1], turned[2], turned[3]);
}

// The block of steps from `first` on; those from `end` on are zeros, in both operands, since 0 · ∞ is none.
fn load_a(rows: ptr<function, array<Row, 4>>, first: u32, end: u32) -> Block {
  var block: Block;
  if (a_width == 4u && a_contiguous_in_k) {
    if (first >= end) {
      return block;
    }
    for (var r = 0u; r < 4u; r++) {
      block[r] = vec4f(a_at(run_of(rows[r], first / params.run_length), first % params.run_length));
    }
    return transposed(block);
  }
  for (var s = 0u; s < 4u && first + s < end; s++) {
    let run = (first + s) / params.run_length;
    let step = (first + s) % params.run_length;
    if (a_width == 4u) {
      block[s] = vec4f(a_at(run_of(rows[0], run), step));
    } else {
      for (var r = 0u; r < 4u; r++) {
        block[s][r] = vec4f(a_at(run_of(rows[r], run), step)).x;
      }
    }
  }
  return block;
}

fn load_b(columns: vec4u, first: u32, end: u32) -> Block {
  var block: Block;
  if (b_width == 4u && b_contiguous_in_k) {
    if (first >= end) {
      return block;
    }
    for (var c = 0u; c < 4u; c++) {
      block[c] = vec4f(b_at(b_start(columns[c], first / params.run_length), first % params.run_length));
    }
    return transposed(block);
  }
  for (var s = 0u; s < 4u && first + s < end; s++) {
    let run = (first + s) / params.run_length;
    let step = (first + s) % params.run_length;
    if (b_width == 4u) {
      block[s] = vec4f(b_at(b_start(columns[0], run), step));
    } else {
      for (var c = 0u; c < 4u; c++) {
        block[s][c] = vec4f(b_at(b_start(columns[c], run), step)).x;
      }
    }
  }
  return block;
}

// The invocation's block of the panels of steps from steps.x on.
fn load(rows: ptr<function, array<Row, 4>>, columns: vec4u, steps: vec2u, local: u32) -> Block {
  if (brings_a(local)) {
    return load_a(rows, steps.x + a_place(local).y, steps.y);
  }
  if (brings_b(local)) {
    return load_b(columns, steps.x + b_place(local).y, steps.y);
  }
  return Block();
}

fn stage(block: Block, local: u32) {
  for (var s = 0u; s < 4u; s++) {
    if (brings_a(local)) {
      a_panel[(a_place(local).y + s) * a_line + a_place(local).x] = block[s];
    } else if (brings_b(local)) {
      b_panel[(b_place(local).y + s) * b_line + b_place(local).x] = block[s];
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
  let first_row = first_of_four(tile.row + 4u * a_place(local).x, params.rows);
  let first_column = first_of_four(tile.column + 4u * b_place(local).x, params.columns);
  var rows: array<Row, 4>;
  for (var r = 0u; r < 4u; r++) {
    rows[r] = row_of(min(first_row + r, params.rows - 1u));
  }
  let columns = min(vec4u(first_column) + vec4u(0u, 1u, 2u, 3u), vec4u(params.columns - 1u));
  var sum: array<array<vec4f, column_quads>, 4u * row_quads>;
  var steps = steps_of(tile.split);
  var next = load(&rows, columns, steps, local);
  while (steps.x < steps.y) {
    stage(next, local);
    workgroupBarrier();
    // A loop of unknown length in pieces of known length: unrolling all 16 steps gains little and compiles for seconds.
    let end = min(depth, steps.y - steps.x);
    // The next panels are under way while these are multiplied.
    steps.x += depth;
    next = load(&rows, columns, steps, local);
    for (var piece = 0u; piece < end; piece += 4u) {
      for (var k = piece; k < piece + 4u; k++) {
        var b_columns: array<vec4f, column_quads>;
        for (var c = 0u; c < column_quads; c++) {
          b_columns[c] = b_panel[k * b_line + c * side + position.x];
        }
        for (var q = 0u; q < row_quads; q++) {
          let a_rows = a_panel[k * a_line + q * side + position.y];
          for (var r = 0u; r < 4u; r++) {
            for (var c = 0u; c < column_quads; c++) {
              sum[q * 4u + r][c] = fma(vec4f(a_rows[r]), b_columns[c], sum[q * 4u + r][c]);
            }
          }
        }
      }
    }
    workgroupBarrier();
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
