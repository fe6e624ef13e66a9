// Matrix products whose operands lie in panels, as fast as a CPU adapter reads them:
//   y[part, m, n] = Σ over k of A[part, m, k] · B[part, k, n]
// A: [part, panel, k, row of the panel], B: [part, panel, k, column of the panel]: what a subgroup reads for its tile is
// one run of memory for each operand, with nothing in between that would fill the nearest caches. k is even.
// Each subgroup computes a tile of 4 · row_lanes rows and 4 · lanes columns by itself: a lane loads four elements of A
// and four of B at every step, and those of A go round by shuffles, so that a load serves as many multiply-adds as the
// tile has columns or rows.
// Prelude: lanes (the subgroup size), row_lanes (at most 8).
const tile_rows = 4u * row_lanes;

// Two to a workgroup where there are enough: a workgroup costs a CPU adapter microseconds, but more of them run slower.
override subgroups: u32;
// Add to y's values instead of replacing them.
override accumulate: bool = false;

@group(0) @binding(0) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;

// The sums stay in registers from one step to the next, and a register is written back at every turn of a loop: two
// steps a turn.
const steps = 2u;

var<private> sum: array<vec4f, tile_rows>;

// Rows 4 · r … 4 · r + 3 of the tile, which lane r has loaded.
// A row of the workgroup is a subgroup, which the compiler cannot know: control flow is uniform within it.
@diagnostic(off, subgroup_uniformity)
fn add_rows(r: u32, a_lane: array<vec4f, steps>, b_lane: array<vec4f, steps>) {
  if (r >= row_lanes) {
    return;
  }
  var rows: array<vec4f, steps>;
  for (var s = 0u; s < steps; s++) {
    rows[s] = subgroupShuffle(a_lane[s], r);
  }
  for (var i = 0u; i < 4u; i++) {
    for (var s = 0u; s < steps; s++) {
      sum[r * 4u + i] = fma(vec4f(rows[s][i]), b_lane[s], sum[r * 4u + i]);
    }
  }
}

@diagnostic(off, subgroup_uniformity)
@compute @workgroup_size(lanes, subgroups) @subgroup_size(lanes)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let lane = local.x;
  // Neighbours share a panel of B: it is read again while it is in the cache.
  let tile = linear_index(workgroup, groups, local.y, subgroups);
  let row_panel = tile % params.row_panels;
  let column_panel = tile / params.row_panels % params.column_panels;
  let whole = tile / params.row_panels / params.column_panels;
  // Past the end, the last part once more, and nothing stored: lavapipe masks all that follows a return.
  let part = min(whole, params.parts - 1u);
  let a_panel = (part * params.row_panels + row_panel) * params.depth * row_lanes + min(lane, row_lanes - 1u);
  let b_panel = (part * params.column_panels + column_panel) * params.depth * lanes + lane;
  for (var k = 0u; k < params.depth; k += steps) {
    var a_lane: array<vec4f, steps>;
    var b_lane: array<vec4f, steps>;
    for (var s = 0u; s < steps; s++) {
      a_lane[s] = a[a_panel + (k + s) * row_lanes];
      b_lane[s] = b[b_panel + (k + s) * lanes];
    }
    // Spelled out: lavapipe keeps a loop as long as this one as a loop, and the sums out of registers.
    add_rows(0u, a_lane, b_lane);
    add_rows(1u, a_lane, b_lane);
    add_rows(2u, a_lane, b_lane);
    add_rows(3u, a_lane, b_lane);
    add_rows(4u, a_lane, b_lane);
    add_rows(5u, a_lane, b_lane);
    add_rows(6u, a_lane, b_lane);
    add_rows(7u, a_lane, b_lane);
  }
  // Sums live in registers, which cannot be indexed: pick those of a lane's rows by comparison. Stores that are executed
  // for every lane's rows compile many times faster than a store for every sum; a loop of unknown length stays a loop.
  let column = column_panel * lanes + lane;
  let first_row = row_panel * tile_rows;
  let end = select(0u, min(row_lanes, (params.rows - first_row + 3u) / 4u), part == whole);
  for (var from_lane = 0u; from_lane < end; from_lane++) {
    for (var i = 0u; i < 4u; i++) {
      var sums = sum[i];
      for (var r = 1u; r < row_lanes; r++) {
        sums = select(sums, sum[r * 4u + i], r == from_lane);
      }
      let row = first_row + from_lane * 4u + i;
      if (row < params.rows && column < params.columns_in_fours) {
        let to = (part * params.rows + row) * params.columns_in_fours + column;
        if (accumulate) {
          sums += y[to];
        }
        y[to] = sums;
      }
    }
  }
}
