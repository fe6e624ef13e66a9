// Centered RMSprop with momentum: m ← momentum · m + rate · g / √(v - a²); w ← w - m, with v and a the averages of g² and g.
override momentum: f32;

@group(0) @binding(3) var<storage, read_write> momenta: array<T>;
@group(0) @binding(4) var<storage, read_write> average_gradient: array<T>;
@group(0) @binding(5) var<storage, read> hyper: array<f32>;

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
  let updated = momentum * momenta[i] + hyper[0] * g / denominator(max(mean_square - mean * mean, T(0.0)));
  momenta[i] = updated;
  variable[i] -= updated;
}
