@group(0) @binding(1) var<storage, read> dy: array<StoredX>;
@group(0) @binding(2) var<storage, read> x: array<StoredX>;
@group(0) @binding(3) var<storage, read> mean: array<T>;
@group(0) @binding(4) var<storage, read> variance: array<T>;

fn load(row: u32, column: u32) -> Sum {
  let i = row * params.columns + column;
  let gradient = T(dy[i]);
  return Sum(gradient, gradient * normalized(T(x[i]), mean[column], variance[column]));
}
