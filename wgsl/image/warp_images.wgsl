// Images of floats seen through affine maps, one element an invocation.
override height: u32;
override width: u32;
override channels: u32;
override cval: f32;
override nearest: u32;

@group(0) @binding(1) var<storage, read> images: array<Stored>;
// Two an image: input row, then input column, as (of output row, of output column, offset, –).
@group(0) @binding(2) var<storage, read> transforms: array<vec4f>;

fn element(i: u32) -> T {
  let channel = i % channels;
  let pixel = i / channels;
  let sample = pixel / (height * width);
  let at = vec3f(f32(pixel / width % height), f32(pixel % width), 1.0);
  var place = vec2f(
    map_coordinate(dot(transforms[2u * sample].xyz, at), height),
    map_coordinate(dot(transforms[2u * sample + 1u].xyz, at), width),
  );
  let last = vec2f(f32(height), f32(width)) - 1.0;
  let outside = any(place < vec2f(0.0)) || any(place > last);
  if (nearest == 1u) {
    place = floor(place + 0.5);
  }
  let corner = floor(place);
  let low = vec2u(clamp(corner, vec2f(0.0), last));
  let high = vec2u(clamp(corner + 1.0, vec2f(0.0), last));
  let top = (sample * height + low.x) * width;
  let bottom = (sample * height + high.x) * width;
  let share = place - corner;
  let value = mix(
    mix(T(images[(top + low.y) * channels + channel]), T(images[(top + high.y) * channels + channel]), share.y),
    mix(T(images[(bottom + low.y) * channels + channel]), T(images[(bottom + high.y) * channels + channel]), share.y),
    share.x,
  );
  return select(value, T(cval), outside && fill_mode == 1u);
}
