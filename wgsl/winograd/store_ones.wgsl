// Four neighbouring elements of y, of which no more than count are there. Prelude: StoredY, what an element is in memory.
@group(0) @binding(0) var<storage, read_write> y: array<StoredY>;

fn put(start: u32, values: T, count: u32) {
  for (var i = 0u; i < min(4u, count); i++) {
    y[start + i] = StoredY(values[i]);
  }
}
