// Adds up the parts of a matrix multiplication that was divided along k, in a fixed order.
override has_bias: bool = false;
override accumulate: bool = false;

@group(0) @binding(0) var<storage, read_write> y: array<Stored>;
@group(0) @binding(1) var<storage, read> parts: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;

fn invocation(i: u32) {
  let size = arrayLength(&parts) / params.splits;
  if (i >= size) {
    return;
  }
  var sum = 0.0;
  for (var split = 0u; split < params.splits; split++) {
    sum += parts[split * size + i];
  }
  if (accumulate) {
    sum += f32(y[i]);
  }
  if (has_bias) {
    sum += bias[i % params.columns];
  }
  y[i] = Stored(activate(sum));
}
