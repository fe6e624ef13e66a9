// The logarithm, as accurate near 1 as elsewhere. Prelude: T is f32.
fn precise_log(x: f32) -> f32 {
  // x - 1 is exact here.
  if (x > 0.8) {
    return log1p(x - 1.0);
  }
  return log(x);
}
