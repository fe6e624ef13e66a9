// Tiles to images y [image, height, width, channel]; what is past the end is dropped.
//   y = activation(values + bias[channel])
// bias_*.wgsl or no_bias.wgsl goes with this.
var<private> y_row: u32;
var<private> y_top: u32;
var<private> y_left: u32;

fn begin_result(tile: u32) {
  let row = tile / params.across;
  y_row = row / params.down * params.height;
  y_top = row % params.down * results;
  y_left = tile % params.across * results;
}

fn put_row(row: u32, values: array<T, results>, channel: u32) {
  if (y_top + row >= params.height) {
    return;
  }
  let offset = bias_at(channel);
  for (var column = 0u; column < results; column++) {
    if (y_left + column < params.width) {
      let pixel = (y_row + y_top + row) * params.width + y_left + column;
      put(pixel * params.channels + channel, activate(values[column] + offset), params.channels - channel);
    }
  }
}
