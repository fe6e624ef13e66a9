// y = (x - mean) / √(variance + epsilon) · gamma + beta, per channel. `channels` counts T.
override channels: u32;
override epsilon: f32;
override has_gamma: bool;
override has_beta: bool;

@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read> mean: array<T>;
@group(0) @binding(3) var<storage, read> variance: array<T>;
@group(0) @binding(4) var<storage, read> gamma: array<T>;
@group(0) @binding(5) var<storage, read> beta: array<T>;

fn element(i: u32) -> T {
  let channel = i % channels;
  var value = (T(x[i]) - mean[channel]) / sqrt(variance[channel] + T(epsilon));
  if (has_gamma) {
    value *= gamma[channel];
  }
  if (has_beta) {
    value += beta[channel];
  }
  return value;
}
