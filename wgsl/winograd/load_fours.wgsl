// Four neighbouring elements of x, which begin at a multiple of four. Prelude: StoredX, what they are in memory.
@group(0) @binding(1) var<storage, read> x: array<StoredX>;

fn load(i: u32, count: u32) -> T {
  return vec4f(x[i / 4u]);
}
