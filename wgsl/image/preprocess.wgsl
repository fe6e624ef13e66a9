// A pixel 0…255 to network input: y = x · scale - offset for each channel, with the channels reversed where asked.
override channels: u32;
override reverse: bool;
override scale0: f32;
override scale1: f32;
override scale2: f32;
override offset0: f32;
override offset1: f32;
override offset2: f32;

// The channel of the image that an output channel is made of.
fn source_channel(channel: u32) -> u32 {
  return select(channel, channels - 1u - channel, reverse);
}

fn preprocess(pixel: f32, channel: u32) -> f32 {
  let scale = select(select(scale0, scale1, channel == 1u), scale2, channel == 2u);
  let offset = select(select(offset0, offset1, channel == 1u), offset2, channel == 2u);
  return pixel * scale - offset;
}
