// dx = (g - mean(g) - x̂ · mean(g · x̂)) / √(variance + epsilon), of a group, where g = dy · gamma and x̂ is the normalised x.
override has_gamma: bool;

@group(0) @binding(0) var<storage, read_write> dx: array<Stored>;
@group(0) @binding(1) var<storage, read> dy: array<Stored>;
@group(0) @binding(2) var<storage, read> x: array<Stored>;
@group(0) @binding(3) var<storage, read> mean: array<f32>;
@group(0) @binding(4) var<storage, read> variance: array<f32>;
@group(0) @binding(5) var<storage, read> gamma: array<f32>;

fn scaled(place: u32, parameter: u32) -> f32 {
  let gradient = T(dy[place]);
  if (has_gamma) {
    return gradient * gamma[parameter];
  }
  return gradient;
}

fn rows() -> u32 {
  return arrayLength(&mean);
}

fn compute_row(index: u32, local: u32) {
  let group = group_at(index);
  let size = params.rows * params.inner;
  let center = mean[index];
  let spread = variance[index];
  var sum = 0.0;
  var dot = 0.0;
  for (var j = local; j < size; j += 64u) {
    let place = place_of(group, j);
    let own = scaled(place, group.parameter + j % params.inner);
    sum += own;
    dot += own * normalized(T(x[place]), center, spread);
  }
  sum = workgroup_sum(local, sum) / f32(size);
  dot = workgroup_sum(local, dot) / f32(size);
  for (var j = local; j < size; j += 64u) {
    let place = place_of(group, j);
    let own = scaled(place, group.parameter + j % params.inner);
    let at = normalized(T(x[place]), center, spread);
    dx[place] = Stored(normalized(own - sum - at * dot, 0.0, spread));
  }
}
