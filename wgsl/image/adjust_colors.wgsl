// Keras's channel shift, then its brightness shift, of images of `size` values; then the preprocessing.
override size: u32;
override shift_channels: bool;
override brighten: bool;
// Keras ≤ 2.8 stretches every image over 0…255 for the brightness shift and leaves it so.
override stretch: bool;

@group(0) @binding(0) var<storage, read_write> y: array<Stored>;
@group(0) @binding(1) var<storage, read> pixels: array<f32>;
// Two per image: the last figures are the channel shift and the brightness.
@group(0) @binding(2) var<storage, read> transforms: array<vec4f>;
// Of each image, the smallest and the largest value.
@group(0) @binding(3) var<storage, read> range: array<vec2f>;

// The shift goes over 8-bit pixels, as in Pillow; values outside 0…255 are brought there and back again.
fn brightened(pixel: f32, low: f32, high: f32, brightness: f32) -> f32 {
  let rescale = stretch || low < 0.0 || high > 255.0;
  let spread = high - low;
  var level = pixel;
  if (rescale) {
    level = (pixel - low) / select(1.0, spread, spread != 0.0) * 255.0;
  }
  level = floor(clamp(brightness * floor(level), 0.0, 255.0));
  if (rescale && !stretch) {
    level = level / 255.0 * spread + low;
  }
  return level;
}

fn invocation(i: u32) {
  if (i >= arrayLength(&y)) {
    return;
  }
  let sample = i / size;
  let channel = i % channels;
  let source = source_channel(channel);
  var pixel = pixels[i - channel + source];
  var limits = range[sample];
  if (shift_channels) {
    let shift = transforms[2u * sample].w;
    pixel = clamp(pixel + shift, limits.x, limits.y);
    limits = clamp(limits + shift, limits.xx, limits.yy);
  }
  if (brighten) {
    // Pillow leaves an alpha channel as it is.
    let brightness = select(transforms[2u * sample + 1u].w, 1.0, source == 3u);
    pixel = brightened(pixel, limits.x, limits.y, brightness);
  }
  y[i] = Stored(preprocess(pixel, channel));
}
