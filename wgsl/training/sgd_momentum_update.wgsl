// Gradient descent with momentum: m ← momentum · m - rate · g; w ← w + m, or with Nesterov w + momentum · m - rate · g.
override momentum: f32;
override nesterov: bool;

@group(0) @binding(0) var<storage, read_write> variable: array<T>;
@group(0) @binding(1) var<storage, read> gradient: array<T>;
@group(0) @binding(2) var<storage, read_write> momenta: array<T>;
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
  let step = hyper[0] * unscaled(gradient[i]);
  let updated = momentum * momenta[i] - step;
  momenta[i] = updated;
  variable[i] += select(updated, momentum * updated - step, nesterov);
}
