// dx = y (dy - Σ dy y), a row of `width` elements by one workgroup.
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
  var dot = 0.0;
  for (var j = local; j < width; j += 64u) {
    dot += T(dy[first + j]) * T(y[first + j]);
  }
  dot = workgroup_sum(local, dot);
  for (var j = local; j < width; j += 64u) {
    dx[first + j] = Stored(T(y[first + j]) * (T(dy[first + j]) - dot));
  }
}
