// The gradient of an activation, from its output: relu and relu6 pass dy strictly inside their range, sigmoid y(1-y)dy.
override activation: u32;

@group(0) @binding(1) var<storage, read> dy: array<Stored>;
@group(0) @binding(2) var<storage, read> y: array<Stored>;

fn element(i: u32) -> T {
  let out = T(y[i]);
  var gradient = T(dy[i]);
  switch activation {
    case 1u: { gradient = select(T(0.0), gradient, out > T(0.0)); }
    case 2u: { gradient = select(T(0.0), gradient, (out > T(0.0)) & (out < T(6.0))); }
    case 3u: { gradient *= out * (T(1.0) - out); }
    default: {}
  }
  return gradient;
}
