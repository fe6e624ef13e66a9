// y: a matrix for every point, channels its columns, cut into panels: [point, panel, tile, channel of the panel].
@group(0) @binding(0) var<storage, read_write> y: array<T>;

var<private> result_tile: u32;

fn begin_result(tile: u32) {
  result_tile = tile;
}

fn put_row(row: u32, values: array<T, results>, channel: u32) {
  let panel = channel / params.panel * params.depth + result_tile;
  for (var column = 0u; column < results; column++) {
    let to = (row * results + column) * params.point_stride + panel * params.panel + channel % params.panel;
    y[to / lanes] = values[column];
  }
}
