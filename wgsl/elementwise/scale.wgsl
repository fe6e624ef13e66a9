override factor: f32;

@group(0) @binding(1) var<storage, read> x: array<Stored>;

fn element(i: u32) -> T {
  return factor * T(x[i]);
}
