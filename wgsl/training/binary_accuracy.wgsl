// The share of a sample's `width` outputs that fall on the right side of the threshold, by one workgroup.
override width: u32;
override threshold: f32;

@group(0) @binding(0) var<storage, read_write> accuracy: array<f32>;
@group(0) @binding(1) var<storage, read> y_true: array<f32>;
@group(0) @binding(2) var<storage, read> y_pred: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = workgroup.y * groups.x + workgroup.x;
  if (row >= arrayLength(&accuracy)) {
    return;
  }
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
