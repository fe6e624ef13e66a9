// Tiles of images x [image, height, width, channel]: windows of taps × taps pixels, params.step apart, with zeros
// outside and in the tiles after the last.
var<private> image_row: u32;
var<private> top: u32;
var<private> left: u32;

fn begin_tile(tile: u32, channel: u32) {
  let row = tile / params.across;
  image_row = row / params.down * params.height;
  // A coordinate before the beginning wraps to a large one: one comparison for both ends.
  let exists = tile < params.existing && channel < params.channels;
  top = select(params.height, row % params.down * params.step - params.pad_top, exists);
  left = tile % params.across * params.step - params.pad_left;
}

fn value_at(row: u32, column: u32, channel: u32) -> T {
  let inside = top + row < params.height && left + column < params.width;
  let pixel = (image_row + top + row) * params.width + left + column;
  let value = load(select(0u, pixel * params.channels + channel, inside), params.channels - channel);
  return select(T(0.0), value, inside);
}
