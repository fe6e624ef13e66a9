// Every input element gathers its share of dy from the windows that it is in.
@group(0) @binding(1) var<storage, read> dy: array<Stored>;

fn element(place: Place) -> T {
  let row = place.row + params.pad_top;
  let column = place.column + params.pad_left;
  let end_row = min(row / stride_height + 1u, params.out_height);
  let end_column = min(column / stride_width + 1u, params.out_width);
  let first_column = first_window(column, pool_width, stride_width);
  var sum = T(0.0);
  for (var r = first_window(row, pool_height, stride_height); r < end_row; r++) {
    let rows = rows_of(r, params.height);
    let line = (place.image * params.out_height + r) * params.out_width;
    for (var c = first_column; c < end_column; c++) {
      let columns = columns_of(c, params.width);
      let count = (rows.end - rows.first) * (columns.end - columns.first);
      sum += T(dy[(line + c) * params.channels + place.channel]) / f32(count);
    }
  }
  return sum;
}
