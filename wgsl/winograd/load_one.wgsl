// One element of x. Prelude: StoredX, what it is in memory.
@group(0) @binding(1) var<storage, read> x: array<StoredX>;

fn load(i: u32, count: u32) -> T {
  return T(x[i]);
}
