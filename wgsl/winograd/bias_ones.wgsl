@group(0) @binding(2) var<storage, read> bias: array<f32>;

fn bias_at(channel: u32) -> T {
  return bias[channel];
}
