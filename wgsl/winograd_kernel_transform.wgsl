// u = G g Gᵀ for every pair of channels: the 3 × 3 positions of the kernel (HWIO) to the 4 × 4 planes [point, cin, cout].
@group(0) @binding(0) var<storage, read_write> u: array<T>;
@group(0) @binding(1) var<storage, read> kernel: array<T>;

// Row s of G, applied to three values.
fn transform(s: u32, g: array<T, 3>) -> T {
  let ends = select(T(0.0), g[0], s != 3u) + select(T(0.0), g[2], s != 0u);
  let middle = select(-g[1], g[1], s == 1u);
  return select(ends, 0.5 * (ends + middle), s == 1u || s == 2u);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = linear_index(workgroup, groups, local, 256u);
  let plane = arrayLength(&kernel) / 9u;
  if (i >= plane) {
    return;
  }
  var g: array<array<T, 3>, 3>;
  for (var r = 0u; r < 3u; r++) {
    for (var s = 0u; s < 3u; s++) {
      g[r][s] = kernel[(r * 3u + s) * plane + i];
    }
  }
  // Counting from i, which no compiler knows, keeps the loop a loop: unrolled, it takes a CPU adapter a second to compile.
  var s = 0u;
  for (var p = i; p < 4u * plane; p += plane) {
    let column = array(transform(s, g[0]), transform(s, g[1]), transform(s, g[2]));
    for (var r = 0u; r < 4u; r++) {
      u[r * 4u * plane + p] = transform(r, column);
    }
    s++;
  }
}
