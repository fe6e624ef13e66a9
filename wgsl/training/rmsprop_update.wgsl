// RMSprop, plain: v ← ρ v + (1 - ρ) g²; w ← w - rate · g / √v. See rmsprop.wgsl (v is `velocity`).
@group(0) @binding(3) var<storage, read> hyper: Hyper;

fn step(i: u32, g: T) {
  let mean_square = moving_average(velocity[i], g * g);
  velocity[i] = mean_square;
  variable[i] -= hyper.learning_rate * g / denominator(mean_square);
}
