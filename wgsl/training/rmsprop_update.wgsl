// RMSprop, plain: v ← ρ v + (1 - ρ) g²; w ← w - rate · g / √v. See rmsprop.wgsl (v is `velocity`) and update.wgsl (`hyper`).
@group(0) @binding(3) var<storage, read> hyper: array<f32>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = linear_index(workgroup, groups, local, 256u);
  if (i >= arrayLength(&variable) || is_skipped()) {
    return;
  }
  let g = unscaled(gradient[i]);
  let mean_square = moving_average(velocity[i], g * g);
  velocity[i] = mean_square;
  variable[i] -= hyper[0] * g / denominator(mean_square);
}
