// Centered RMSprop: v and a are moving averages of g² and g; w ← w - rate · g / √(v - a²), so by g's variance.
@group(0) @binding(3) var<storage, read_write> average_gradient: array<T>;
@group(0) @binding(4) var<storage, read> hyper: array<f32>;

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
  let mean = moving_average(average_gradient[i], g);
  average_gradient[i] = mean;
  // A variance: rounding alone could make it negative.
  variable[i] -= hyper[0] * g / denominator(max(mean_square - mean * mean, T(0.0)));
}
