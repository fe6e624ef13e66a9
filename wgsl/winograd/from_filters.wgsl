// Tiles of a convolution's kernel x [taps, taps, input channel, channel]: a tile for every input channel, and zeros after
// the last.
var<private> input_channel: u32;

fn begin_tile(tile: u32, channel: u32) {
  input_channel = select(params.existing, tile, channel < params.channels);
}

fn value_at(row: u32, column: u32, channel: u32) -> T {
  let inside = input_channel < params.existing;
  let at = (row * taps + column) * params.existing + input_channel;
  let value = load(select(0u, at * params.channels + channel, inside), params.channels - channel);
  return select(T(0.0), value, inside);
}
