// The gradient of categorical_crossentropy with respect to the predictions, a sample by one workgroup.
// Logits: softmax · Σ target - target. Probabilities, with q = p / Σp clipped: the clip passes no gradient outside its
// interval, so with t = target where q is inside, else 0, the gradient is (Σ t - t / q) / Σp.
@group(0) @binding(0) var<storage, read_write> d_pred: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> y_true: array<f32>;
@group(0) @binding(3) var<storage, read> y_pred: array<f32>;

fn passed_target(row: u32, j: u32, total: f32) -> f32 {
  let q = y_pred[row * width + j] / total;
  if (!from_logits && (q < EPSILON || q > 1.0 - EPSILON)) {
    return 0.0;
  }
  return target_at(row, j);
}

fn rows() -> u32 {
  return arrayLength(&dy);
}

fn compute_row(row: u32, local: u32) {
  let shift = row_maximum(row, local);
  let total = row_total(row, local, shift);
  var targets = 0.0;
  for (var j = local; j < width; j += 64u) {
    targets += passed_target(row, j, total);
  }
  targets = workgroup_sum(local, targets);
  for (var j = local; j < width; j += 64u) {
    let i = row * width + j;
    let target_here = passed_target(row, j, total);
    var derivative = exp(y_pred[i] - shift) / total * targets - target_here;
    if (!from_logits) {
      derivative = targets / total;
      if (target_here != 0.0) {
        derivative -= target_here / y_pred[i];
      }
    }
    d_pred[i] = dy[row] * derivative;
  }
}
