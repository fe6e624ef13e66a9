// For a kernel that computes each element of its output alone: result[i] = element(i).
@group(0) @binding(0) var<storage, read_write> result: array<Stored>;

fn invocation(i: u32) {
  if (i < arrayLength(&result)) {
    result[i] = Stored(element(i));
  }
}
