// uint8 pixels, four to a word, to floats.
@group(0) @binding(1) var<storage, read> image: array<u32>;

fn element(i: u32) -> T {
  let channel = i % channels;
  let source = i - channel + source_channel(channel);
  let byte = (image[source / 4u] >> (8u * (source % 4u))) & 0xFFu;
  return preprocess(f32(byte), channel);
}
