// y = x · limit / max(‖x‖, limit), given the sum of the squares of x.
override limit: f32;

@group(0) @binding(1) var<storage, read> x: array<T>;
@group(0) @binding(2) var<storage, read> sum_of_squares: array<f32>;

fn element(i: u32) -> T {
  return x[i] * (limit / max(sqrt(sum_of_squares[0]), limit));
}
