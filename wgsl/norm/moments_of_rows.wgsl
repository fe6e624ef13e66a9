@group(0) @binding(1) var<storage, read> x: array<StoredX>;

fn load(row: u32, column: u32) -> Sum {
  return Sum(T(x[row * params.columns + column]), T(0.0), 1.0);
}
