// The sums of parts of the rows, one after the other.
@group(0) @binding(0) var<storage, read_write> partial: array<Sum>;

fn store(part: u32, column: u32, sum: Sum) {
  partial[part * params.columns + column] = sum;
}
