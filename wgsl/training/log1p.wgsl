// Logarithms that keep their relative accuracy near 1, where WGSL's log() promises 2^-21 absolute only.
fn log1p(x: f32) -> f32 {
  if (abs(x) < 0.2) {
    // log(1 + x) = 2 artanh(x / (2 + x)), whose series converges fast.
    let t = x / (2.0 + x);
    let t2 = t * t;
    return 2.0 * t * (1.0 + t2 * (1.0 / 3.0 + t2 * (1.0 / 5.0 + t2 * (1.0 / 7.0 + t2 / 9.0))));
  }
  return log(1.0 + x);
}

fn precise_log(x: f32) -> f32 {
  // x - 1 is exact here.
  if (x > 0.8) {
    return log1p(x - 1.0);
  }
  return log(x);
}
