// Every pixel of the source gathers dy from the pixels of the result that it had a part in.
@group(0) @binding(1) var<storage, read> dy: array<Stored>;

fn element(place: Place) -> T {
  let down = Axis(params.height, params.out_height);
  let across = Axis(params.width, params.out_width);
  let rows = results_of(down, place.row);
  let columns = results_of(across, place.column);
  var sum = T(0.0);
  for (var row = rows.first; row < rows.end; row++) {
    let row_weight = weight_of(down, row, place.row);
    if (row_weight == 0.0) {
      continue;
    }
    let row_share = row_weight / total_weight(down, row);
    let line = (place.image * params.out_height + row) * params.out_width;
    for (var column = columns.first; column < columns.end; column++) {
      let share = row_share * weight_of(across, column, place.column) / total_weight(across, column);
      sum += share * T(dy[(line + column) * params.channels + place.channel]);
    }
  }
  return sum;
}
