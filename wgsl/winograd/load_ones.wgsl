// Four neighbouring elements of x, of which at most count exist; zeros for the rest. Prelude: StoredX, what an
// element is in memory.
@group(0) @binding(1) var<storage, read> x: array<StoredX>;

fn load(start: u32, count: u32) -> T {
  var four = T(0.0);
  for (var i = 0u; i < min(4u, count); i++) {
    four[i] = f32(x[start + i]);
  }
  return four;
}
