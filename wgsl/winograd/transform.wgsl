// A linear map of both axes of square tiles, y = M · x · Mᵀ: every transform of Winograd's algorithm. Four channels of a
// tile an invocation, neighbouring tiles in neighbouring lanes. Where x comes from and y goes to is in two more
// files, from_*.wgsl and to_*.wgsl:
//   fn begin_tile(tile: u32)
//   fn value_at(row: u32, column: u32, channel: u32) -> vec4f
//   fn begin_result(tile: u32)
//   fn put_row(row: u32, values: array<vec4f, results>, channel: u32)
// Prelude: StoredX and StoredY, what x and y are in memory, for the files that load and store them; taps and results, the
// sides of x and of y; the map of a line, fn transform(array<vec4f, taps>) -> array<vec4f, results>; and the calls
// fn each_column(channel: u32), fn each_row(channel: u32), spelled out, since lavapipe keeps long loops as loops, and arrays
// that they index out of registers.
override width: u32;
override height: u32;

// M · x
var<private> half: array<array<vec4f, taps>, results>;

fn transform_column(column: u32, channel: u32) {
  var line: array<vec4f, taps>;
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
  let channel = 4u * id.y;
  if (id.x >= params.tiles || channel >= params.channels) {
    return;
  }
  begin_tile(id.x);
  begin_result(id.x);
  each_column(channel);
  each_row(channel);
}
