// Zero padding on the spatial axes; a negative offset crops. `channels` counts T.
override in_height: u32;
override in_width: u32;
override channels: u32;
override out_height: u32;
override out_width: u32;
// Row and column of the output at which the input's first element stands.
override top: i32;
override left: i32;

@group(0) @binding(0) var<storage, read_write> y: array<Stored>;
@group(0) @binding(1) var<storage, read> x: array<Stored>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = linear_index(workgroup, groups, local, 256u);
  if (i >= arrayLength(&y)) {
    return;
  }
  let channel = i % channels;
  let column = i32(i / channels % out_width) - left;
  let row = i32(i / channels / out_width % out_height) - top;
  let sample = i / channels / out_width / out_height;
  var value = Stored(0.0);
  if (row >= 0 && row < i32(in_height) && column >= 0 && column < i32(in_width)) {
    value = x[((sample * in_height + u32(row)) * in_width + u32(column)) * channels + channel];
  }
  y[i] = value;
}
