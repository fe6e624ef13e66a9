// 1 / √x, of x at least `least`.
override least: f32;

@group(0) @binding(1) var<storage, read> x: array<Stored>;

fn element(i: u32) -> T {
  return inverseSqrt(max(T(x[i]), T(least)));
}
