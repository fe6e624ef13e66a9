// The nearest point of the probability simplex to a row of `width` elements, max(x - τ, 0), by one workgroup. τ is the largest of
// (Σ - 1) / count over the elements that are at least as large as some element (Martins and Astudillo, 2016).
override width: u32;

@group(0) @binding(0) var<storage, read_write> y: array<Stored>;
@group(0) @binding(1) var<storage, read> x: array<Stored>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = workgroup.y * groups.x + workgroup.x;
  if (row >= arrayLength(&y) / width) {
    return;
  }
  let first = row * width;
  var largest = T(x[first]);
  for (var j = local; j < width; j += 64u) {
    largest = max(largest, T(x[first + j]));
  }
  largest = workgroup_max(local, largest);
  // Below the largest by 1 or more an element gets nothing. Distances from it keep sums short, whatever the elements are.
  var threshold = -1.0;
  for (var i = local; i < width; i += 64u) {
    let own = T(x[first + i]) - largest;
    if (own > -1.0) {
      var sum = 0.0;
      var count = 0.0;
      for (var j = 0u; j < width; j++) {
        let other = T(x[first + j]) - largest;
        if (other >= own) {
          sum += other;
          count += 1.0;
        }
      }
      threshold = max(threshold, (sum - 1.0) / count);
    }
  }
  threshold = workgroup_max(local, threshold);
  for (var j = local; j < width; j += 64u) {
    y[first + j] = Stored(max(T(x[first + j]) - largest - threshold, 0.0));
  }
}
