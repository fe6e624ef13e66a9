// y = x, stored in another type. Beyond the range of float16 that is infinity.
@group(0) @binding(1) var<storage, read> x: array<StoredX>;

fn element(i: u32) -> T {
  return T(x[i]);
}
