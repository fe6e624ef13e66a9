@group(0) @binding(1) var<storage, read> x: array<Stored>;

fn element(place: Place) -> T {
  let rows = rows_of(place.row, params.in_height);
  let columns = columns_of(place.column, params.in_width);
  let top = i32(place.row * stride_height) - i32(params.pad_top);
  let left = i32(place.column * stride_width) - i32(params.pad_left);
  var sum = T(0.0);
  // What is outside is loaded from elsewhere and counts as zero: behind a branch, loads would wait for one another.
  for (var r = 0u; r < pool_height; r++) {
    let row = top + i32(r);
    let line = (place.image * params.in_height + u32(clamp(row, rows.first, rows.end - 1))) * params.in_width;
    for (var c = 0u; c < pool_width; c++) {
      let column = left + i32(c);
      let at = u32(clamp(column, columns.first, columns.end - 1));
      let inside = row >= rows.first && row < rows.end && column >= columns.first && column < columns.end;
      sum += select(T(0.0), T(x[(line + at) * params.channels + place.channel]), inside);
    }
  }
  return sum / f32((rows.end - rows.first) * (columns.end - columns.first));
}
