// A linear map of both axes of square tiles, y = M · x · Mᵀ: every transform of Winograd's algorithm. An invocation computes T,
// four channels of a tile or one. Where x comes from and y goes to is in two more files, from_*.wgsl and to_*.wgsl:
//   fn begin_tile(tile: u32, channel: u32)
//   fn value_at(row: u32, column: u32, channel: u32) -> T
//   fn begin_result(tile: u32)
//   fn put_row(row: u32, values: array<T, results>, channel: u32)
// Prelude: T and lanes, the channels in one; StoredX and StoredY, what x and y are in memory, for the files that load and store
// them; taps and results, the sides of x and of y; the map of a line, fn transform(array<T, taps>) -> array<T, results>; and the calls
// fn each_column(channel: u32), fn each_row(channel: u32), spelled out, since lavapipe keeps long loops as loops, and arrays
// that they index out of registers.
override width: u32;
override height: u32;
// Whether neighbouring invocations have neighbouring channels, else neighbouring tiles.
override channels_across: bool;

// M · x
var<private> half: array<array<T, taps>, results>;

fn transform_column(column: u32, channel: u32) {
  var line: array<T, taps>;
  for (var row = 0u; row < taps; row++) {
    line[row] = value_at(row, column, channel);
  }
  let values = transform(line);
  for (var row = 0u; row < results; row++) {
    half[row][column] = values[row];
  }
}

fn transform_row(row: u32, channel: u32) {
  put_row(row, transform(half[row]), channel);
}

@compute @workgroup_size(width, height)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let tile = select(id.x, id.y, channels_across);
  let channel = lanes * select(id.y, id.x, channels_across);
  if (tile >= params.tiles || channel >= params.end_channel) {
    return;
  }
  begin_tile(tile, channel);
  begin_result(tile);
  each_column(channel);
  each_row(channel);
}
