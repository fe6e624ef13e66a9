@group(0) @binding(2) var<storage, read> bias: array<f32>;

fn bias_at(channel: u32) -> T {
  var four = T(0.0);
  for (var i = 0u; i < min(4u, params.channels - channel); i++) {
    four[i] = bias[channel + i];
  }
  return four;
}
