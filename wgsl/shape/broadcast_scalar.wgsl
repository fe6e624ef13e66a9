override factor: f32;

@group(0) @binding(1) var<storage, read> x: array<f32>;

fn element(i: u32) -> T {
  return T(factor * x[0]);
}
