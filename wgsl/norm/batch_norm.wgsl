// y = activate((x - mean) / √(variance + epsilon) · gamma + beta), per channel; mean, gamma and beta each only where there is one.
// `channels` counts T.
override has_mean: bool;
override has_gamma: bool;
override has_beta: bool;

@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read> mean: array<T>;
@group(0) @binding(3) var<storage, read> variance: array<T>;
@group(0) @binding(4) var<storage, read> gamma: array<T>;
@group(0) @binding(5) var<storage, read> beta: array<T>;

fn element(i: u32) -> T {
  let channel = i % params.channels;
  var center = T(0.0);
  if (has_mean) {
    center = mean[channel];
  }
  var value = normalized(T(x[i]), center, variance[channel]);
  if (has_gamma) {
    value *= gamma[channel];
  }
  if (has_beta) {
    value += beta[channel];
  }
  return activate(value);
}
