// The main of a kernel that computes each element of a batch of images alone. An invocation's row and image are its place in
// the grid, so that only its column and channel need a division. params: height, width and channels of
// the result; channels count T.
@group(0) @binding(0) var<storage, read_write> result: array<Stored>;

struct Place {
  image: u32,
  row: u32,
  column: u32,
  channel: u32,
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row_length = params.width * params.channels;
  if (id.x < row_length) {
    let place = Place(id.z, id.y, id.x / params.channels, id.x % params.channels);
    result[(id.z * params.height + id.y) * row_length + id.x] = Stored(element(place));
  }
}
