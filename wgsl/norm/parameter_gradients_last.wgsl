@group(0) @binding(0) var<storage, read_write> dgamma: array<T>;
@group(0) @binding(2) var<storage, read_write> dbeta: array<T>;

fn store(_part: u32, column: u32, sum: Sum) {
  dgamma[column] = sum.gamma;
  dbeta[column] = sum.beta;
}
