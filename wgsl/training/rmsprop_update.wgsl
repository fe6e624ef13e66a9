@group(0) @binding(3) var<storage, read> hyper: Hyper;

fn step(i: u32, g: T) {
  let mean_square = moving_average(velocity[i], g * g);
  velocity[i] = mean_square;
  variable[i] -= hyper.learning_rate * g / denominator(mean_square);
}
