@group(0) @binding(1) var<storage, read> x: array<Stored>;

fn element(place: Place) -> T {
  let down = Axis(params.in_height, params.height);
  let across = Axis(params.in_width, params.width);
  let rows = sources_of(down, place.row);
  let columns = sources_of(across, place.column);
  var sum = T(0.0);
  var total = 0.0;
  for (var row = rows.first; row < rows.end; row++) {
    let line = (place.image * params.in_height + row) * params.in_width;
    let row_weight = weight_of(down, place.row, row);
    for (var column = columns.first; column < columns.end; column++) {
      let weight = row_weight * weight_of(across, place.column, column);
      sum += weight * T(x[(line + column) * params.channels + place.channel]);
      total += weight;
    }
  }
  return sum / total;
}
