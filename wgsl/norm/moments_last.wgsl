@group(0) @binding(0) var<storage, read_write> mean: array<T>;
@group(0) @binding(2) var<storage, read_write> variance: array<T>;

fn store(_part: u32, column: u32, sum: Sum) {
  mean[column] = sum.mean;
  variance[column] = sum.deviation / sum.count;
}
