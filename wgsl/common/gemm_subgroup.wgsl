// Each subgroup computes a tile of row_blocks · lanes rows and column_blocks · lanes columns by itself. At every step,
// each lane loads one element of A per row block and one of B per column block; the elements of A go round by shuffles,
// so that a load serves as many multiply-adds as the tile has columns or rows. Made for CPU adapters, where a load
// costs as much as ten or more multiply-adds and memory shared by a workgroup is no faster than any other.
// Prelude: lanes (the subgroup size), row_blocks, column_blocks.
const tile_rows = lanes * row_blocks;

@compute @workgroup_size(lanes)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let tile = tile_of(linear_index(workgroup, groups, 0u, 1u), tile_rows, lanes * column_blocks);
  if (tile.split >= splits) {
    return;
  }
  var row: array<Row, row_blocks>;
  for (var i = 0u; i < row_blocks; i++) {
    row[i] = row_of(min(tile.row + i * lanes + lane, rows() - 1u));
  }
  var sum: array<array<f32, column_blocks>, tile_rows>;
  let steps = steps_of(tile.split);
  for (var run = steps.x / run_length; run * run_length < steps.y; run++) {
    var a_run: array<Run, row_blocks>;
    for (var i = 0u; i < row_blocks; i++) {
      a_run[i] = run_of(row[i], run);
    }
    var b_run: array<u32, column_blocks>;
    for (var j = 0u; j < column_blocks; j++) {
      b_run[j] = b_start(min(tile.column + j * lanes + lane, columns - 1u), run);
    }
    let end = min(run_length, steps.y - run * run_length);
    for (var step = max(steps.x, run * run_length) - run * run_length; step < end; step++) {
      var b_lane: array<f32, column_blocks>;
      for (var j = 0u; j < column_blocks; j++) {
        b_lane[j] = b[b_run[j] + step * b_stride];
      }
      for (var i = 0u; i < row_blocks; i++) {
        let a_lane = a_at(a_run[i], step);
        for (var r = 0u; r < lanes; r++) {
          let a_row = subgroupShuffle(a_lane, r);
          for (var j = 0u; j < column_blocks; j++) {
            sum[i * lanes + r][j] = fma(a_row, b_lane[j], sum[i * lanes + r][j]);
          }
        }
      }
    }
  }
  // Sums live in registers, which cannot be indexed: pick the row's by comparison. One store that is executed for every
  // row compiles many times faster than a store for every sum; a loop of unknown length stays a loop.
  let end_row = min(tile.row + tile_rows, rows());
  for (var m = tile.row; m < end_row; m++) {
    for (var j = 0u; j < column_blocks; j++) {
      var value = sum[0][j];
      for (var r = 1u; r < tile_rows; r++) {
        value = select(value, sum[r][j], r == m - tile.row);
      }
      let n = tile.column + j * lanes + lane;
      if (n < columns) {
        write(tile, m, n, value);
      }
    }
  }
}
