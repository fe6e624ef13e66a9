// RMSprop with momentum: v ← ρ v + (1 - ρ) g²; m ← momentum · m + rate · g / √v; w ← w - m.
override momentum: f32;

@group(0) @binding(3) var<storage, read_write> momenta: array<T>;
@group(0) @binding(4) var<storage, read> hyper: Hyper;

fn step(i: u32, g: T) {
  let mean_square = moving_average(velocity[i], g * g);
  velocity[i] = mean_square;
  let updated = momentum * momenta[i] + hyper.learning_rate * g / denominator(mean_square);
  momenta[i] = updated;
  variable[i] -= updated;
}
