// dx of a normalization by the batch's own statistics, through which every x moves every y of its channel:
// dx = gamma / √(variance + epsilon) · (dy - mean(dy) - x̂ · mean(dy · x̂)). `channels` counts T.
override has_gamma: bool;

@group(0) @binding(1) var<storage, read> dy: array<Stored>;
@group(0) @binding(2) var<storage, read> x: array<Stored>;
@group(0) @binding(3) var<storage, read> mean: array<T>;
@group(0) @binding(4) var<storage, read> variance: array<T>;
@group(0) @binding(5) var<storage, read> gamma: array<T>;
@group(0) @binding(6) var<storage, read> dgamma: array<T>;
@group(0) @binding(7) var<storage, read> dbeta: array<T>;

fn element(i: u32) -> T {
  let channel = i % params.channels;
  let share = 1.0 / f32(params.rows);
  let at = normalized(T(x[i]), mean[channel], variance[channel]);
  let own = T(dy[i]) - share * (dbeta[channel] + at * dgamma[channel]);
  var value = normalized(own, T(0.0), variance[channel]);
  if (has_gamma) {
    value *= gamma[channel];
  }
  return value;
}
