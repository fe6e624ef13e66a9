// The gradient of binary_crossentropy with respect to the predictions, a sample by one workgroup.
override width: u32;
override from_logits: bool;

@group(0) @binding(0) var<storage, read_write> d_pred: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> y_true: array<f32>;
@group(0) @binding(3) var<storage, read> y_pred: array<f32>;

fn derivative(y: f32, prediction: f32) -> f32 {
  if (from_logits) {
    return sigmoid(prediction) - y;
  }
  // The clip passes no gradient outside its interval.
  if (prediction < EPSILON || prediction > 1.0 - EPSILON) {
    return 0.0;
  }
  return (prediction - y) / (prediction * (1.0 - prediction));
}

fn rows() -> u32 {
  return arrayLength(&dy);
}

fn compute_row(row: u32, local: u32) {
  let scale = dy[row] / f32(width);
  for (var j = local; j < width; j += 64u) {
    let i = row * width + j;
    d_pred[i] = scale * derivative(y_true[i], y_pred[i]);
  }
}
