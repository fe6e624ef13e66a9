// Of two tensors, either of which may have one element for all along some axes. A and B are T, or a scalar where the last
// axis is such a one.
override operation: u32;

@group(0) @binding(1) var<storage, read> a: array<StoredA>;
@group(0) @binding(2) var<storage, read> b: array<StoredB>;

fn combine(left: T, right: T) -> T {
  switch operation {
    case 0u: { return left + right; }
    case 1u: { return left - right; }
    case 2u: { return left * right; }
    case 3u: { return left / right; }
    case 4u: { return max(left, right); }
    case 5u: { return min(left, right); }
    case 6u: { return select(T(0.0), T(1.0), left >= right); }
    case 7u: { return select(right * left, left, left > T(0.0)); }
    case 8u: { return select(right, T(1.0), left > T(0.0)); }
    case 9u: { return max(left + right, T(0.0)); }
    default: { return left; }
  }
}

fn element(i: u32) -> T {
  let at = coordinates(i);
  let a_strides = vec4u(params.a_0, params.a_1, params.a_2, params.a_3);
  let b_strides = vec4u(params.b_0, params.b_1, params.b_2, params.b_3);
  let left = T(A(a[params.a_start + offset_of(at, a_strides, params.a_4)]));
  let right = T(B(b[params.b_start + offset_of(at, b_strides, params.b_4)]));
  return combine(left, right);
}
