// What categorical cross-entropy and its gradient share. Targets are one-hot rows, or one class index a row (`sparse`).
override width: u32;
override from_logits: bool;
override sparse: bool;

fn target_at(row: u32, class_index: u32) -> f32 {
  if (sparse) {
    return select(0.0, 1.0, y_true[row] == f32(class_index));
  }
  return y_true[row * width + class_index];
}

fn row_maximum(row: u32, local: u32) -> f32 {
  var value = y_pred[row * width];
  for (var j = local; j < width; j += 64u) {
    value = max(value, y_pred[row * width + j]);
  }
  return workgroup_max(local, value);
}

// Σ exp(logit - shift), or Σ p, which Keras divides the probabilities by.
fn row_total(row: u32, local: u32, shift: f32) -> f32 {
  var sum = 0.0;
  for (var j = local; j < width; j += 64u) {
    let value = y_pred[row * width + j];
    if (from_logits) {
      sum += exp(value - shift);
    } else {
      sum += value;
    }
  }
  return workgroup_sum(local, sum);
}
