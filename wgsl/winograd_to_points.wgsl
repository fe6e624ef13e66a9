// One axis of a Winograd transform: windows of `taps` values, `step` apart along the axis, to `points` values each.
//   v[point, outer, tile, inner] = Σ over taps of transform[point][tap] · x[outer, tile · step + tap - pad, inner]
// with zeros outside of x [outer, length, inner]. `inner` counts T.
// Prelude: T, points, taps, transform.
override width: u32;

@group(0) @binding(0) var<storage, read_write> v: array<T>;
@group(0) @binding(1) var<storage, read> x: array<T>;

// An invocation goes along the axis: workgroups cost a CPU adapter microseconds, and nothing is divided.
@compute @workgroup_size(width)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let inner = workgroup.x * width + local;
  if (inner >= params.inner) {
    return;
  }
  let outer = workgroup.y;
  let plane = groups.y * params.tiles * params.inner;
  for (var tile = 0u; tile < params.tiles; tile++) {
    // A coordinate before the beginning wraps to a large one: one comparison for both ends.
    let first = tile * params.step - params.pad;
    var window: array<T, taps>;
    for (var tap = 0u; tap < taps; tap++) {
      let inside = first + tap < params.length;
      let i = (outer * params.length + first + tap) * params.inner + inner;
      window[tap] = select(T(0.0), x[select(0u, i, inside)], inside);
    }
    let to = (outer * params.tiles + tile) * params.inner + inner;
    for (var point = 0u; point < points; point++) {
      var sum = T(0.0);
      for (var tap = 0u; tap < taps; tap++) {
        sum += transform[point][tap] * window[tap];
      }
      v[point * plane + to] = sum;
    }
  }
}
