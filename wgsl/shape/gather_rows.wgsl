// Rows of a table, by numbers: params.width is the length of a row in T, params.first the row of the
// result that the launch begins at. A number that the table has no row for gives NaN.
@group(0) @binding(1) var<storage, read> table: array<StoredTable>;
@group(0) @binding(2) var<storage, read> indices: array<StoredIndex>;

fn element(i: u32) -> T {
  let index = trunc(f32(indices[params.first + i / params.width]));
  if (!(index >= 0.0 && index < f32(params.rows))) {
    // Not a constant: those may not be NaN.
    return T(bitcast<f32>(params.nan));
  }
  return T(table[u32(index) * params.width + i % params.width]);
}
