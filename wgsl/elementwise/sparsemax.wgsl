// Sparsemax along the last axis, as Keras 3 computes it: max(x - τ, 0). One workgroup computes one row of `width` elements. The
// threshold τ is (S - 1) / count: count elements support it (see sparsemax_rank.wgsl), and S adds their cumulative sums.
@group(0) @binding(0) var<storage, read_write> y: array<Stored>;

fn rows() -> u32 {
  return arrayLength(&y) / width;
}

fn compute_row(row: u32, local: u32) {
  let first = row * width;
  var sum = 0.0;
  var count = 0.0;
  for (var i = local; i < width; i += 64u) {
    let own = ranked(first, i);
    if (own.supports) {
      sum += own.sum;
      count += 1.0;
    }
  }
  sum = workgroup_sum(local, sum);
  count = workgroup_sum(local, count);
  let threshold = (sum - 1.0) / count;
  for (var i = local; i < width; i += 64u) {
    y[first + i] = Stored(max(T(x[first + i]) - threshold, 0.0));
  }
}
