// Functions that WGSL lacks, or promises too little of: accurate to about 1e-7, for any finite x.
// The builtin may be off by 1e-5, and overflows on some drivers.
fn precise_tanh(x: T) -> T {
  let e = exp(-2.0 * abs(x));
  let x2 = x * x;
  let near_zero = x * (1.0 - x2 * (T(1.0 / 3.0) - x2 * (T(2.0 / 15.0) - x2 * (17.0 / 315.0))));
  return select(sign(x) * (T(1.0) - e) / (T(1.0) + e), near_zero, abs(x) < T(0.1));
}

fn softplus(x: T) -> T {
  return max(x, T(0.0)) + log1p(exp(-abs(x)));
}

// exp(x) - 1 for x of at most 0.
fn expm1_of_negative(x: T) -> T {
  let near_zero = x * (1.0 + x * (T(1.0 / 2.0) + x * (T(1.0 / 6.0) + x * (T(1.0 / 24.0) + x / 120.0))));
  return select(exp(x) - 1.0, near_zero, x > T(-0.1));
}

// The standard normal distribution: ½ (1 + erf(x / √2)), by Abramowitz and Stegun's 7.1.26, within 1e-7.
fn normal_distribution(x: T) -> T {
  let size = abs(x) * 0.7071067811865476;
  let t = 1.0 / (1.0 + 0.3275911 * size);
  let series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  let tail = 0.5 * series * exp(-size * size);
  return select(tail, 1.0 - tail, x >= T(0.0));
}
