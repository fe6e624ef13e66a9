// Tiles to images of a quarter the size, y [image, height, width, channel]: the maximum of every 2 × 2.
//   y = activation(max(values) + bias[channel]), since an activation that is fused never decreases.
// bias_*.wgsl or no_bias.wgsl goes with this.
var<private> y_row: u32;
var<private> y_top: u32;
var<private> y_left: u32;
var<private> above: array<T, results>;

fn begin_result(tile: u32) {
  let row = tile / params.across;
  y_row = row / params.down * params.height;
  y_top = row % params.down * results / 2u;
  y_left = tile % params.across * results / 2u;
}

fn put_row(row: u32, values: array<T, results>, channel: u32) {
  if (row % 2u == 0u) {
    above = values;
    return;
  }
  let y_at = y_top + row / 2u;
  if (y_at >= params.height) {
    return;
  }
  let offset = bias_at(channel);
  for (var column = 0u; column < results; column += 2u) {
    let x_at = y_left + column / 2u;
    if (x_at < params.width) {
      let most = max(max(above[column], above[column + 1u]), max(values[column], values[column + 1u]));
      let pixel = (y_row + y_at) * params.width + x_at;
      put(pixel * params.channels + channel, activate(most + offset), params.channels - channel);
    }
  }
}
