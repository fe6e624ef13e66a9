// y = factor · x, with axes in another order or one element for all along some. X is T, or a scalar where x does not run along
// the last axis of y.
override factor: f32 = 1.0;

@group(0) @binding(1) var<storage, read> x: array<StoredX>;

fn element(i: u32) -> T {
  let strides = vec4u(params.x_0, params.x_1, params.x_2, params.x_3);
  return factor * T(X(x[params.x_start + offset_of(coordinates(i), strides, params.x_4)]));
}
