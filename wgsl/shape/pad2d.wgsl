// Zero padding on the spatial axes; a negative offset crops. `channels` counts T.
override in_height: u32;
override in_width: u32;
override channels: u32;
override out_height: u32;
override out_width: u32;
// Row and column of the output at which the input's first element stands.
override top: i32;
override left: i32;

@group(0) @binding(1) var<storage, read> x: array<Stored>;

fn element(i: u32) -> T {
  let channel = i % channels;
  let column = i32(i / channels % out_width) - left;
  let row = i32(i / channels / out_width % out_height) - top;
  let sample = i / channels / out_width / out_height;
  if (row < 0 || row >= i32(in_height) || column < 0 || column >= i32(in_width)) {
    return T(0.0);
  }
  return T(x[((sample * in_height + u32(row)) * in_width + u32(column)) * channels + channel]);
}
