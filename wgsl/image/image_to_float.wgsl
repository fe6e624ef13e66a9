// uint8 pixels, four to a word, to floats.
@group(0) @binding(0) var<storage, read_write> y: array<Stored>;
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
  let source = i - channel + source_channel(channel);
  let byte = (image[source / 4u] >> (8u * (source % 4u))) & 0xFFu;
  y[i] = Stored(preprocess(f32(byte), channel));
}
