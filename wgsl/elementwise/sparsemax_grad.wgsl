// The gradient of sparsemax. An element of x contributes to its own output, if that is above 0, and to the threshold τ, if it
// supports it: by (count - rank + 1) / count, since it is part of that many cumulative sums. One workgroup computes one row.
@group(0) @binding(0) var<storage, read_write> dx: array<Stored>;
@group(0) @binding(2) var<storage, read> dy: array<Stored>;
@group(0) @binding(3) var<storage, read> y: array<Stored>;

fn rows() -> u32 {
  return arrayLength(&dx) / width;
}

fn compute_row(row: u32, local: u32) {
  let first = row * width;
  var passed = 0.0;
  var count = 0.0;
  for (var i = local; i < width; i += 64u) {
    passed += select(0.0, T(dy[first + i]), T(y[first + i]) > 0.0);
    count += select(0.0, 1.0, ranked(first, i).supports);
  }
  passed = workgroup_sum(local, passed);
  count = workgroup_sum(local, count);
  for (var i = local; i < width; i += 64u) {
    let own = ranked(first, i);
    let direct = select(0.0, T(dy[first + i]), T(y[first + i]) > 0.0);
    let share = select(0.0, (count - own.rank + 1.0) / count, own.supports);
    dx[first + i] = Stored(direct - share * passed);
  }
}
