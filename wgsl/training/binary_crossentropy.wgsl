// Loss of a sample: the mean over its `width` outputs, by one workgroup.
override width: u32;
override from_logits: bool;

@group(0) @binding(0) var<storage, read_write> loss: array<f32>;
@group(0) @binding(1) var<storage, read> y_true: array<f32>;
@group(0) @binding(2) var<storage, read> y_pred: array<f32>;

fn loss_of(y: f32, prediction: f32) -> f32 {
  if (from_logits) {
    return max(prediction, 0.0) - prediction * y + log1p(exp(-abs(prediction)));
  }
  let p = clamp(prediction, EPSILON, 1.0 - EPSILON);
  return -(y * precise_log(p) + (1.0 - y) * log1p(-p));
}

fn rows() -> u32 {
  return arrayLength(&loss);
}

fn compute_row(row: u32, local: u32) {
  var sum = 0.0;
  for (var j = local; j < width; j += 64u) {
    sum += loss_of(y_true[row * width + j], y_pred[row * width + j]);
  }
  sum = workgroup_sum(local, sum);
  if (local == 0u) {
    loss[row] = sum / f32(width);
  }
}
