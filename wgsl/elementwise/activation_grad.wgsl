// The gradient of an activation, from its output: relu and relu6 pass dy strictly inside their range, sigmoid y(1-y)dy.
override activation: u32;

@group(0) @binding(0) var<storage, read_write> dx: array<Stored>;
@group(0) @binding(1) var<storage, read> dy: array<Stored>;
@group(0) @binding(2) var<storage, read> y: array<Stored>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = linear_index(workgroup, groups, local, 256u);
  if (i >= arrayLength(&dx)) {
    return;
  }
  let out = T(y[i]);
  var gradient = T(dy[i]);
  switch activation {
    case 1u: { gradient = select(T(0.0), gradient, out > T(0.0)); }
    case 2u: { gradient = select(T(0.0), gradient, (out > T(0.0)) & (out < T(6.0))); }
    case 3u: { gradient *= out * (T(1.0) - out); }
    default: {}
  }
  dx[i] = Stored(gradient);
}
