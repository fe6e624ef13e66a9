// 1 where the largest prediction of a sample is its class, else 0; on ties the first class counts. By one workgroup.
override width: u32;
override sparse: bool;

@group(0) @binding(0) var<storage, read_write> accuracy: array<f32>;
@group(0) @binding(1) var<storage, read> y_true: array<f32>;
@group(0) @binding(2) var<storage, read> y_pred: array<f32>;

fn rows() -> u32 {
  return arrayLength(&accuracy);
}

fn compute_row(row: u32, local: u32) {
  let first = row * width;
  // The best of this invocation's share, then the smallest index among those that reach the best of all.
  var predicted = local;
  var labelled = local;
  for (var j = local + 64u; j < width; j += 64u) {
    predicted = select(predicted, j, y_pred[first + j] > y_pred[first + predicted]);
    if (!sparse) {
      labelled = select(labelled, j, y_true[first + j] > y_true[first + labelled]);
    }
  }
  let class_predicted = first_best(local, predicted, y_pred[first + min(predicted, width - 1u)]);
  var class_labelled = y_true[row];
  if (!sparse) {
    class_labelled = first_best(local, labelled, y_true[first + min(labelled, width - 1u)]);
  }
  if (local == 0u) {
    accuracy[row] = select(0.0, 1.0, class_predicted == class_labelled);
  }
}

// An index is a float here: exact below 2^24, and the reductions are of floats.
fn first_best(local: u32, index: u32, value: f32) -> f32 {
  let best = workgroup_max(local, value);
  return -workgroup_max(local, -select(f32(width), f32(index), index < width && value == best));
}
