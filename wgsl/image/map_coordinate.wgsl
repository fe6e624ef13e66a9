// 0 nearest, 1 constant, 2 reflect, 3 wrap.
override fill_mode: u32;

// scipy.ndimage's map_coordinate. A reflected coordinate may lie up to half a pixel beyond the edge: its taps are clamped.
fn map_coordinate(at: f32, size: u32) -> f32 {
  let last = f32(size) - 1.0;
  if ((at >= 0.0 && at <= last) || fill_mode == 1u) {
    return at;
  }
  if (fill_mode == 0u) {
    return clamp(at, 0.0, last);
  }
  if (size == 1u) {
    return 0.0;
  }
  if (fill_mode == 2u) {
    let period = 2.0 * f32(size);
    let phase = at - period * floor(at / period);
    return select(phase, period - phase - 1.0, phase >= f32(size));
  }
  // The last pixel stands for the first of the next repetition: the period is one less than the size.
  if (at < 0.0) {
    return at + last * (trunc(-at / last) + 1.0);
  }
  return at - last * trunc(at / last);
}
