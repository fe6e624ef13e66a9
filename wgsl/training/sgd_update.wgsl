// Gradient descent: w ← w - rate · g. See update.wgsl for `hyper`.
@group(0) @binding(0) var<storage, read_write> variable: array<T>;
@group(0) @binding(1) var<storage, read> gradient: array<T>;
@group(0) @binding(2) var<storage, read> hyper: array<f32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = linear_index(workgroup, groups, local, 256u);
  if (i < arrayLength(&variable) && !is_skipped()) {
    variable[i] -= hyper[0] * unscaled(gradient[i]);
  }
}
