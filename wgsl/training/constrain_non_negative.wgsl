// Elements below 0 become 0, in place. A product, so that what is not a number stays so.
@group(0) @binding(0) var<storage, read_write> weight: array<T>;

fn invocation(i: u32) {
  if (i < arrayLength(&weight)) {
    weight[i] *= select(T(0.0), T(1.0), weight[i] >= T(0.0));
  }
}
