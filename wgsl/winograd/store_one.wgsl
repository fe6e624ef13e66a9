// One element of y. Prelude: StoredY, what it is in memory.
@group(0) @binding(0) var<storage, read_write> y: array<StoredY>;

fn put(i: u32, value: T, count: u32) {
  y[i] = StoredY(value);
}
