// Adam as in Keras 3: m ← β₁ m + (1 - β₁) g; v ← β₂ v + (1 - β₂) g²; w ← w - rate · m / (√v + ε). The learning rate has the bias
// correction, rate · √(1 - β₂ᵗ) / (1 - β₁ᵗ). AdamW first subtracts decay · w.
override beta1: f32;
override beta2: f32;
override epsilon: f32;
override decays: bool = false;

@group(0) @binding(2) var<storage, read_write> m: array<T>;
@group(0) @binding(3) var<storage, read_write> v: array<T>;
@group(0) @binding(4) var<storage, read> hyper: Hyper;

fn step(i: u32, g: T) {
  let first = m[i] + (1.0 - beta1) * (g - m[i]);
  let second = v[i] + (1.0 - beta2) * (g * g - v[i]);
  m[i] = first;
  v[i] = second;
  var before = variable[i];
  if (decays) {
    before -= hyper.decay * before;
  }
  variable[i] = before - hyper.learning_rate * first / (sqrt(second) + T(epsilon));
}
