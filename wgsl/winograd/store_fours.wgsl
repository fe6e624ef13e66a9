// Four neighbouring elements of y, which begin at a multiple of four. Prelude: StoredY, what they are in memory.
@group(0) @binding(0) var<storage, read_write> y: array<StoredY>;

fn put(i: u32, values: T, count: u32) {
  y[i / 4u] = StoredY(values);
}
