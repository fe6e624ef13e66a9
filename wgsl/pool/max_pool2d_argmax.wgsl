@group(0) @binding(0) var<storage, read_write> y: array<Stored>;
@group(0) @binding(2) var<storage, read_write> argmax: array<U>;

fn invocation(i: u32) {
  if (i < arrayLength(&y)) {
    let best = max_of_window(i);
    y[i] = Stored(best.value);
    argmax[i] = best.index;
  }
}
