// The gradient of softmax along the last axis, from its result y: dx = y (dy - Σ dy y), or dx = dy - exp(y) Σ dy where y is the
// logarithm. One workgroup computes one row of `width` elements; Σ is over the row.
override width: u32;
override logarithm: bool;

@group(0) @binding(0) var<storage, read_write> dx: array<Stored>;
@group(0) @binding(1) var<storage, read> dy: array<Stored>;
@group(0) @binding(2) var<storage, read> y: array<Stored>;

fn rows() -> u32 {
  return arrayLength(&dx) / width;
}

fn compute_row(row: u32, local: u32) {
  let first = row * width;
  var dot = 0.0;
  for (var j = local; j < width; j += 64u) {
    dot += T(dy[first + j]) * select(T(y[first + j]), 1.0, logarithm);
  }
  dot = workgroup_sum(local, dot);
  for (var j = local; j < width; j += 64u) {
    let own = T(dy[first + j]);
    let out = T(y[first + j]);
    dx[first + j] = Stored(select(out * (own - dot), own - exp(out) * dot, logarithm));
  }
}
