// The gradient by the table of gather_rows: each row adds up dy from the places that took it, in their order.
@group(0) @binding(1) var<storage, read> dy: array<StoredDy>;
@group(0) @binding(2) var<storage, read> indices: array<StoredIndex>;

fn element(i: u32) -> T {
  let row = params.first + i / params.width;
  let column = i % params.width;
  var sum = T(0.0);
  for (var k = 0u; k < params.count; k++) {
    let index = f32(indices[k]);
    if (index >= 0.0 && u32(index) == row) {
      sum += T(dy[k * params.width + column]);
    }
  }
  return sum;
}
