@group(0) @binding(1) var<storage, read> x: array<Stored>;

fn element(place: Place) -> T {
  let rows = rows_of(place.row, params.in_height);
  let columns = columns_of(place.column, params.in_width);
  var sum = T(0.0);
  for (var row = rows.first; row < rows.end; row++) {
    let line = (place.image * params.in_height + u32(row)) * params.in_width;
    for (var column = columns.first; column < columns.end; column++) {
      sum += T(x[(line + u32(column)) * params.channels + place.channel]);
    }
  }
  return sum / f32((rows.end - rows.first) * (columns.end - columns.first));
}
