// dx = dy less its mean, both over the elements that sparsemax left above 0: a row of `width` elements by one workgroup.
override width: u32;

@group(0) @binding(0) var<storage, read_write> dx: array<Stored>;
@group(0) @binding(1) var<storage, read> dy: array<Stored>;
@group(0) @binding(2) var<storage, read> y: array<Stored>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = workgroup.y * groups.x + workgroup.x;
  if (row >= arrayLength(&dx) / width) {
    return;
  }
  let first = row * width;
  var sum = 0.0;
  var count = 0.0;
  for (var j = local; j < width; j += 64u) {
    if (T(y[first + j]) > 0.0) {
      sum += T(dy[first + j]);
      count += 1.0;
    }
  }
  sum = workgroup_sum(local, sum);
  count = workgroup_sum(local, count);
  for (var j = local; j < width; j += 64u) {
    let own = T(dy[first + j]) - sum / count;
    dx[first + j] = Stored(select(0.0, own, T(y[first + j]) > 0.0));
  }
}
