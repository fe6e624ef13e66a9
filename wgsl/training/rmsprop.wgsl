// Shared by the four RMSprop kernels: the moving averages, and the denominator √v with epsilon inside the root (Keras 3) or
// outside (Keras up to 2.3).
override rho: f32;
override epsilon: f32;
override epsilon_inside_root: bool;

@group(0) @binding(0) var<storage, read_write> variable: array<T>;
@group(0) @binding(1) var<storage, read> gradient: array<T>;
@group(0) @binding(2) var<storage, read_write> velocity: array<T>;

fn moving_average(average: T, value: T) -> T {
  return rho * average + (1.0 - rho) * value;
}

fn denominator(mean_square: T) -> T {
  if (epsilon_inside_root) {
    return sqrt(mean_square + T(epsilon));
  }
  return sqrt(mean_square) + T(epsilon);
}
