// Softmax along the last axis, or its logarithm. x is rows of `width` elements; one workgroup computes one row, in three passes: its
// maximum, the sum of exp(x - maximum), the results. Without the maximum, exp() would overflow.
override width: u32;
override logarithm: bool;

@group(0) @binding(0) var<storage, read_write> y: array<Stored>;
@group(0) @binding(1) var<storage, read> x: array<Stored>;

fn rows() -> u32 {
  return arrayLength(&y) / width;
}

fn compute_row(row: u32, local: u32) {
  let first = row * width;
  var row_max = T(x[first]);
  for (var j = local; j < width; j += 64u) {
    row_max = max(row_max, T(x[first + j]));
  }
  row_max = workgroup_max(local, row_max);
  var sum = 0.0;
  for (var j = local; j < width; j += 64u) {
    sum += exp(T(x[first + j]) - row_max);
  }
  sum = workgroup_sum(local, sum);
  for (var j = local; j < width; j += 64u) {
    let distance = T(x[first + j]) - row_max;
    y[first + j] = Stored(select(exp(distance) / sum, distance - log(sum), logarithm));
  }
}
