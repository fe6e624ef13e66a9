// The share of a sample's `width` outputs that fall on the right side of the threshold, by one workgroup.
override width: u32;
override threshold: f32;

@group(0) @binding(0) var<storage, read_write> accuracy: array<f32>;
@group(0) @binding(1) var<storage, read> y_true: array<f32>;
@group(0) @binding(2) var<storage, read> y_pred: array<f32>;

fn rows() -> u32 {
  return arrayLength(&accuracy);
}

fn compute_row(row: u32, local: u32) {
  var sum = 0.0;
  for (var j = local; j < width; j += 64u) {
    let predicted = select(0.0, 1.0, y_pred[row * width + j] > threshold);
    sum += select(0.0, 1.0, y_true[row * width + j] == predicted);
  }
  sum = workgroup_sum(local, sum);
  if (local == 0u) {
    accuracy[row] = sum / f32(width);
  }
}
