// Loss of a sample, by one workgroup: -Σ target · log(probability).
@group(0) @binding(0) var<storage, read_write> loss: array<f32>;
@group(0) @binding(1) var<storage, read> y_true: array<f32>;
@group(0) @binding(2) var<storage, read> y_pred: array<f32>;

fn rows() -> u32 {
  return arrayLength(&loss);
}

fn compute_row(row: u32, local: u32) {
  let shift = row_maximum(row, local);
  let total = row_total(row, local, shift);
  let log_total = precise_log(total);
  var sum = 0.0;
  for (var j = local; j < width; j += 64u) {
    let prediction = y_pred[row * width + j];
    if (from_logits) {
      sum += target_at(row, j) * (log_total - (prediction - shift));
    } else {
      sum -= target_at(row, j) * precise_log(clamp(prediction / total, EPSILON, 1.0 - EPSILON));
    }
  }
  sum = workgroup_sum(local, sum);
  if (local == 0u) {
    loss[row] = sum;
  }
}
