// y: a matrix for every point, tiles its columns, cut into panels: [point, panel, channel, tile of the panel].
@group(0) @binding(0) var<storage, read_write> y: array<f32>;

var<private> result_tile: u32;

fn begin_result(tile: u32) {
  result_tile = tile;
}

fn put_row(row: u32, values: array<T, results>, channel: u32) {
  let panel = result_tile / params.panel * params.depth + channel;
  for (var column = 0u; column < results; column++) {
    let to = (row * results + column) * params.point_stride + panel * params.panel + result_tile % params.panel;
    for (var i = 0u; i < 4u; i++) {
      y[to + i * params.panel] = values[column][i];
    }
  }
}
