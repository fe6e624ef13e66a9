// One axis of a Winograd transform back: `points` values a tile to `outputs` values along the axis, of which those past
// `length` are dropped.
//   y[outer, tile · outputs + o, inner] = activation(Σ over points of transform[o][point] · m[point, outer, tile, inner]
//                                         + bias[inner])
// `inner` counts T.
// Prelude: T, points, outputs, transform.
override width: u32;
override has_bias: bool = false;

@group(0) @binding(0) var<storage, read_write> y: array<T>;
@group(0) @binding(1) var<storage, read> m: array<T>;
@group(0) @binding(2) var<storage, read> bias: array<T>;

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
  var offset = T(0.0);
  if (has_bias) {
    offset = bias[inner];
  }
  let outer = workgroup.y;
  let plane = groups.y * params.tiles * params.inner;
  for (var tile = 0u; tile < params.tiles; tile++) {
    let first = (outer * params.tiles + tile) * params.inner + inner;
    var values: array<T, points>;
    for (var point = 0u; point < points; point++) {
      values[point] = m[point * plane + first];
    }
    for (var o = 0u; o < outputs; o++) {
      var sum = offset;
      for (var point = 0u; point < points; point++) {
        sum += transform[o][point] * values[point];
      }
      let position = tile * outputs + o;
      if (position < params.length) {
        y[(outer * params.length + position) * params.inner + inner] = activate(sum);
      }
    }
  }
}
