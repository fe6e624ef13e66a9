// Each subgroup computes a tile of 4 · row_lanes rows and 4 · lanes columns by itself: a lane loads four elements of A
// and four of B at every step, and those of A go round by shuffles, so that a load serves as many multiply-adds as the
// tile has columns or rows. Made for CPU adapters, where a load costs as much as dozens of multiply-adds, memory shared
// by a workgroup is no faster than any other, and four neighbours cost little more than one.
// Prelude: lanes (the subgroup size), row_lanes, and for each operand (a_quads, b_quads) what its vec4f brings: nothing
// (A or B is f32), neighbours across the tile (rows of A, columns of B) in one step, or neighbouring steps of one of them.
const across = 1u;
const along = 2u;
const tile_rows = 4u * row_lanes;
const tile_columns = 4u * lanes;
// Steps that one turn of the loop loads.
const piece = select(1u, 4u, a_quads == along || b_quads == along);

// Several to a workgroup, since a workgroup costs a CPU adapter microseconds.
override subgroups: u32;

// A row of the workgroup is a subgroup, which the compiler cannot know: control flow is uniform within it.
@diagnostic(off, subgroup_uniformity)
@compute @workgroup_size(lanes, subgroups) @subgroup_size(lanes)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let lane = local.x;
  let tile = tile_of(linear_index(workgroup, groups, local.y, subgroups), tile_rows, tile_columns);
  if (tile.split >= params.splits) {
    return;
  }
  let first_row = first_of_four(tile.row + 4u * min(lane, row_lanes - 1u), params.rows);
  let first_column = first_of_four(tile.column + 4u * lane, params.columns);
  var row: array<Row, 4>;
  for (var i = 0u; i < 4u; i++) {
    row[i] = row_of(min(first_row + i, params.rows - 1u));
  }
  var sum: array<vec4f, tile_rows>;
  let steps = steps_of(tile.split);
  for (var run = steps.x / params.run_length; run * params.run_length < steps.y; run++) {
    var a_run: array<Run, 4>;
    var b_run: array<u32, 4>;
    for (var i = 0u; i < 4u; i++) {
      a_run[i] = run_of(row[i], run);
      b_run[i] = b_start(min(first_column + i, params.columns - 1u), run);
    }
    let run_start = run * params.run_length;
    let end = min(params.run_length, steps.y - run_start);
    for (var step = max(steps.x, run_start) - run_start; step < end; step += piece) {
      var a_piece: array<vec4f, 4>;
      var b_piece: array<vec4f, 4>;
      for (var i = 0u; i < 4u; i++) {
        if (a_quads == along) {
          a_piece[i] = vec4f(a_at(a_run[i], step));
        }
        if (b_quads == along) {
          b_piece[i] = vec4f(b_at(b_run[i], step));
        }
      }
      // The end is not known to be four: the loop stays a loop, which compiles in a quarter of the time.
      for (var s = 0u; s < min(piece, end - step); s++) {
        var a_lane = vec4f(a_piece[0][s], a_piece[1][s], a_piece[2][s], a_piece[3][s]);
        var b_lane = vec4f(b_piece[0][s], b_piece[1][s], b_piece[2][s], b_piece[3][s]);
        if (a_quads == across) {
          a_lane = vec4f(a_at(a_run[0], step + s));
        } else if (a_quads != along) {
          for (var i = 0u; i < 4u; i++) {
            a_lane[i] = vec4f(a_at(a_run[i], step + s)).x;
          }
        }
        if (b_quads == across) {
          b_lane = vec4f(b_at(b_run[0], step + s));
        } else if (b_quads != along) {
          for (var i = 0u; i < 4u; i++) {
            b_lane[i] = vec4f(b_at(b_run[i], step + s)).x;
          }
        }
        for (var r = 0u; r < row_lanes; r++) {
          let a_rows = subgroupShuffle(a_lane, r);
          for (var i = 0u; i < 4u; i++) {
            sum[r * 4u + i] = fma(vec4f(a_rows[i]), b_lane, sum[r * 4u + i]);
          }
        }
      }
    }
  }
  // Sums live in registers, which cannot be indexed: pick those of a lane's rows by comparison. Stores that are executed
  // for every lane's rows compile many times faster than a store for every sum; a loop of unknown length stays a loop.
  let end = min(row_lanes, (params.rows - tile.row + 3u) / 4u);
  for (var from_lane = 0u; from_lane < end; from_lane++) {
    for (var i = 0u; i < 4u; i++) {
      var sums = sum[i];
      for (var r = 1u; r < row_lanes; r++) {
        sums = select(sums, sum[r * 4u + i], r == from_lane);
      }
      store(tile, tile.row + from_lane * 4u + i, tile.column + 4u * lane, sums);
    }
  }
}
