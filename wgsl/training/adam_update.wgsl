// Adam as in Keras 3: m ← β₁ m + (1 - β₁) g; v ← β₂ v + (1 - β₂) g²; w ← w - hyper[0] · m / (√v + ε). hyper[0] is the learning rate
// with the bias correction, rate · √(1 - β₂ᵗ) / (1 - β₁ᵗ). AdamW first subtracts hyper[2] · w: learning rate · weight decay.
override beta1: f32;
override beta2: f32;
override epsilon: f32;
override decays: bool = false;

@group(0) @binding(0) var<storage, read_write> variable: array<T>;
@group(0) @binding(1) var<storage, read> gradient: array<T>;
@group(0) @binding(2) var<storage, read_write> m: array<T>;
@group(0) @binding(3) var<storage, read_write> v: array<T>;
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
  let first = m[i] + (1.0 - beta1) * (g - m[i]);
  let second = v[i] + (1.0 - beta2) * (g * g - v[i]);
  m[i] = first;
  v[i] = second;
  var before = variable[i];
  if (decays) {
    before -= hyper[2] * before;
  }
  variable[i] = before - hyper[0] * first / (sqrt(second) + T(epsilon));
}
