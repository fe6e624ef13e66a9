// Tiles to a convolution's kernel y [results, results, input channel, channel]: a tile for every input channel.
var<private> input_channel: u32;

fn begin_result(tile: u32) {
  input_channel = tile;
}

fn put_row(row: u32, values: array<T, results>, channel: u32) {
  for (var column = 0u; column < results; column++) {
    let at = (row * results + column) * params.tiles + input_channel;
    put(at * params.channels + channel, values[column], params.channels - channel);
  }
}
