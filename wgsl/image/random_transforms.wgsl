// Affine maps drawn at random, one an invocation: see randomTransforms.ts.
override height: f32;
override width: f32;
override angle_low: f32;
override angle_high: f32;
override zoom_height_low: f32;
override zoom_height_high: f32;
override zoom_width_low: f32;
override zoom_width_high: f32;
override same_zoom: u32;
override shift_height_low: f32;
override shift_height_high: f32;
override shift_width_low: f32;
override shift_width_high: f32;
override flip_height: u32;
override flip_width: u32;
override node: u32;
override seed_low: u32;
override seed_high: u32;

@group(0) @binding(0) var<storage, read_write> transforms: array<vec4f>;
@group(0) @binding(1) var<storage, read> step: array<u32>;

// From `low` up to `high`.
fn between(low: f32, high: f32, word: u32) -> f32 {
  return low + (high - low) * f32(word >> 8u) / 16777216.0;
}

fn invocation(i: u32) {
  if (2u * i + 1u >= arrayLength(&transforms)) {
    return;
  }
  let key = vec2u(seed_low, seed_high);
  let first = philox4x32(vec4u(i, step[0], node, 0u), key);
  let second = philox4x32(vec4u(i, step[0], node, 1u), key);
  let angle = between(angle_low, angle_high, first.x);
  let zoom_height = between(zoom_height_low, zoom_height_high, first.y);
  let own_zoom_width = between(zoom_width_low, zoom_width_high, first.z);
  let zoom_width = select(own_zoom_width, zoom_height, same_zoom == 1u);
  let rows = select(zoom_height, -zoom_height, flip_height == 1u && second.z >= 0x80000000u);
  let columns = select(zoom_width, -zoom_width, flip_width == 1u && second.w >= 0x80000000u);
  let shift = vec2f(
    between(shift_height_low, shift_height_high, second.x),
    between(shift_width_low, shift_width_high, second.y),
  );
  let middle = 0.5 * (vec2f(height, width) - 1.0);
  let row = vec2f(cos(angle) * rows, sin(angle) * columns);
  let column = vec2f(-sin(angle) * rows, cos(angle) * columns);
  // The result's middle, moved back by the shift, is the image's.
  let offset = vec2f(dot(row, middle + shift), dot(column, middle + shift));
  transforms[2u * i] = vec4f(row, middle.x - offset.x, 0.0);
  transforms[2u * i + 1u] = vec4f(column, middle.y - offset.y, 0.0);
}
