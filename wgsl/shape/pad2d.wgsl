// Zero padding on the spatial axes; a negative offset crops. `channels` counts T. params.top and params.left are the row and the
// column of the output at which the input's first element stands, as the bits of an i32.
@group(0) @binding(1) var<storage, read> x: array<Stored>;

fn element(i: u32) -> T {
  let channel = i % params.channels;
  let pixel = i / params.channels;
  let line = pixel / params.out_width;
  // Negative coordinates wrap to large ones: one comparison for both sides.
  let column = pixel % params.out_width - params.left;
  let row = line % params.out_height - params.top;
  let sample = line / params.out_height;
  if (row >= params.in_height || column >= params.in_width) {
    return T(0.0);
  }
  return T(x[((sample * params.in_height + row) * params.in_width + column) * params.channels + channel]);
}
