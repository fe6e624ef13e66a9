// Four neighbouring elements of x, of which no more than count are there; zeros for the others.
@group(0) @binding(1) var<storage, read> x: array<f32>;

fn four_at(start: u32, count: u32) -> vec4f {
  var four = vec4f(0.0);
  for (var i = 0u; i < min(4u, count); i++) {
    four[i] = x[start + i];
  }
  return four;
}
