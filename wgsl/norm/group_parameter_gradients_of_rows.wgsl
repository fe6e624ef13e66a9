// As parameter_gradients_of_rows.wgsl, with statistics of a sample and a group of columns.
override rows_of_sample: u32;
override columns_of_group: u32;
override groups: u32;

@group(0) @binding(1) var<storage, read> dy: array<StoredX>;
@group(0) @binding(2) var<storage, read> x: array<StoredX>;
@group(0) @binding(3) var<storage, read> mean: array<f32>;
@group(0) @binding(4) var<storage, read> variance: array<f32>;

fn load(row: u32, column: u32) -> Sum {
  let i = row * params.columns + column;
  let statistic = (params.first_row + row) / rows_of_sample * groups + column / columns_of_group;
  let gradient = T(dy[i]);
  return Sum(gradient, gradient * normalized(T(x[i]), T(mean[statistic]), T(variance[statistic])));
}
