// uint8 pixels, four to a word, to float32: y = x · factor / divisor - offset, with the channels reversed where asked.
override channels: u32;
override reverse: bool;
override factor: f32;
override divisor: f32;
override offset0: f32;
override offset1: f32;
override offset2: f32;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> image: array<u32>;

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
  var source = i;
  if (reverse) {
    source = i - channel + (channels - 1u - channel);
  }
  let byte = (image[source / 4u] >> (8u * (source % 4u))) & 0xFFu;
  let offset = select(select(offset0, offset1, channel == 1u), offset2, channel == 2u);
  y[i] = f32(byte) * factor / divisor - offset;
}
