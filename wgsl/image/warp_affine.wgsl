// Images seen through affine maps: an invocation finds where its output pixel lies in its image, interpolates there
// and preprocesses. Pixels are bytes, `channels` (1 to 4) of them one after the other, four bytes to a word.
override height: u32;
override width: u32;
override cval: f32;

@group(0) @binding(0) var<storage, read_write> y: array<Stored>;
@group(0) @binding(1) var<storage, read> images: array<u32>;
// Two per image: input row, then input column, as (of output row, of output column, offset, –).
@group(0) @binding(2) var<storage, read> transforms: array<vec4f>;

// The bytes of a pixel, in a vector's first `channels` components.
fn texel(pixel: u32) -> vec4f {
  let byte = pixel * channels;
  let shift = 8u * (byte % 4u);
  var bits = images[byte / 4u] >> shift;
  if (shift + 8u * channels > 32u) {
    bits |= images[byte / 4u + 1u] << (32u - shift);
  }
  return vec4f((vec4u(bits) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(0xFFu));
}

fn invocation(i: u32) {
  if ((i + 1u) * channels > arrayLength(&y)) {
    return;
  }
  let sample = i / (height * width);
  let at = vec3f(f32(i / width % height), f32(i % width), 1.0);
  let row = map_coordinate(dot(transforms[2u * sample].xyz, at), height);
  let column = map_coordinate(dot(transforms[2u * sample + 1u].xyz, at), width);

  let last = vec2f(f32(height), f32(width)) - 1.0;
  let corner = floor(vec2f(row, column));
  let low = vec2u(clamp(corner, vec2f(0.0), last));
  let high = vec2u(clamp(corner + 1.0, vec2f(0.0), last));
  let top = (sample * height + low.x) * width;
  let bottom = (sample * height + high.x) * width;
  let share = vec2f(row, column) - corner;
  var pixel = mix(
    mix(texel(top + low.y), texel(top + high.y), share.y),
    mix(texel(bottom + low.y), texel(bottom + high.y), share.y),
    share.x,
  );
  if (fill_mode == 1u && (row < 0.0 || column < 0.0 || row > last.x || column > last.y)) {
    pixel = vec4f(cval);
  }
  for (var channel = 0u; channel < channels; channel++) {
    y[i * channels + channel] = Stored(preprocess(pixel[source_channel(channel)], channel));
  }
}
