override has_gamma: bool;
override has_beta: bool;

@group(0) @binding(0) var<storage, read_write> y: array<Stored>;
@group(0) @binding(1) var<storage, read_write> mean: array<f32>;
@group(0) @binding(2) var<storage, read_write> variance: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<Stored>;
@group(0) @binding(4) var<storage, read> gamma: array<f32>;
@group(0) @binding(5) var<storage, read> beta: array<f32>;

fn rows() -> u32 {
  return arrayLength(&mean);
}

fn compute_row(index: u32, local: u32) {
  let group = group_at(index);
  let size = params.rows * params.inner;
  var sum = 0.0;
  for (var j = local; j < size; j += 64u) {
    sum += T(x[place_of(group, j)]);
  }
  let center = workgroup_sum(local, sum) / f32(size);
  // A second pass: the difference of large squares would lose the variance.
  var squares = 0.0;
  for (var j = local; j < size; j += 64u) {
    let distance = T(x[place_of(group, j)]) - center;
    squares += distance * distance;
  }
  let spread = workgroup_sum(local, squares) / f32(size);
  for (var j = local; j < size; j += 64u) {
    let place = place_of(group, j);
    let parameter = group.parameter + j % params.inner;
    var value = normalized(T(x[place]), center, spread);
    if (has_gamma) {
      value *= gamma[parameter];
    }
    if (has_beta) {
      value += beta[parameter];
    }
    y[place] = Stored(value);
  }
  if (local == 0u) {
    mean[index] = center;
    variance[index] = spread;
  }
}
