// Tiles of the products x [taps, taps, tile, channel], channels in whole fours.
@group(0) @binding(1) var<storage, read> x: array<T>;

var<private> source_tile: u32;

fn begin_tile(tile: u32, channel: u32) {
  source_tile = tile;
}

fn value_at(row: u32, column: u32, channel: u32) -> T {
  let stride = (params.channels + 3u) / 4u * (4u / lanes);
  return x[((row * taps + column) * params.tiles + source_tile) * stride + channel / lanes];
}
