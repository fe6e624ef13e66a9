// log(1 + x) for x above -1, which keeps its relative accuracy near 0, where WGSL's log() promises 2^-21 absolute only.
fn log1p(x: T) -> T {
  // 2 artanh(x / (2 + x)), whose series converges fast.
  let t = x / (2.0 + x);
  let t2 = t * t;
  let near_zero = 2.0 * t * (1.0 + t2 * (T(1.0 / 3.0) + t2 * (T(1.0 / 5.0) + t2 * (T(1.0 / 7.0) + t2 / 9.0))));
  return select(log(1.0 + x), near_zero, abs(x) < T(0.2));
}
