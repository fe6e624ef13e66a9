// The last axis of the input transform, down the picture, written as the products read fastest: a row for each channel,
// a column for each tile.
//   v[point, plane, channel, picture, tile row, tile column] = Σ over taps of transform[point][tap] ·
//     x[plane, picture, tile row · step + tap - pad, tile column, channel]
// with zeros outside. A plane is a point of the axis before; the tiles of all pictures make a row, which params.tiles, a
// multiple of four, is long enough for. `channels` counts T.
// Prelude: T, lanes_of_t, points, taps, transform.
override width: u32;

@group(0) @binding(0) var<storage, read_write> v: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<T>;

// An invocation goes down the picture: workgroups cost a CPU adapter microseconds, and nothing is divided.
@compute @workgroup_size(width)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let channel = workgroup.x * width + local;
  if (channel >= params.channels) {
    return;
  }
  let plane = workgroup.z / params.pictures;
  let picture = workgroup.z % params.pictures;
  // Elements from one point of this axis to the next.
  let next_point = points * params.channels * lanes_of_t * params.tiles;
  for (var tile_row = 0u; tile_row < params.down; tile_row++) {
    // A coordinate before the beginning wraps to a large one: one comparison for both ends.
    let first = tile_row * params.step - params.pad;
    var window: array<T, taps>;
    for (var tap = 0u; tap < taps; tap++) {
      let inside = first + tap < params.length;
      let pixel = (workgroup.z * params.length + first + tap) * params.across + workgroup.y;
      window[tap] = select(T(0.0), x[select(0u, pixel * params.channels + channel, inside)], inside);
    }
    let to = (plane * params.channels + channel) * lanes_of_t * params.tiles
      + (picture * params.down + tile_row) * params.across + workgroup.y;
    for (var point = 0u; point < points; point++) {
      var sum = T(0.0);
      for (var tap = 0u; tap < taps; tap++) {
        sum += transform[point][tap] * window[tap];
      }
      for (var i = 0u; i < lanes_of_t; i++) {
        v[point * next_point + to + i * params.tiles] = vec4f(sum)[i];
      }
    }
  }
}
