// (x - mean) / √(variance + epsilon), with the statistics of a channel.
override epsilon: f32;

fn normalized(x: T, mean: T, variance: T) -> T {
  return (x - mean) / sqrt(variance + T(epsilon));
}
