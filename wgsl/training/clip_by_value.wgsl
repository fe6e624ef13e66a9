override limit: f32;

@group(0) @binding(1) var<storage, read> x: array<T>;

fn element(i: u32) -> T {
  return clamp(x[i], T(-limit), T(limit));
}
