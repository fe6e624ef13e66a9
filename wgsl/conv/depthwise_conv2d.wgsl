// One output element (or four neighbouring channels) an invocation. Channel c of the input makes the output channels
// c · multiplier … c · multiplier + multiplier - 1. Channels count T; T is vec4f only where the multiplier is 1.
override in_height: u32;
override in_width: u32;
override in_channels: u32;
override out_height: u32;
override out_width: u32;
override multiplier: u32;
override kernel_height: u32;
override kernel_width: u32;
override stride_height: u32;
override stride_width: u32;
override pad_top: u32;
override pad_left: u32;
override has_bias: bool;

@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read> kernel: array<T>;
@group(0) @binding(3) var<storage, read> bias: array<T>;

fn element(i: u32) -> T {
  let out_channels = in_channels * multiplier;
  let out_channel = i % out_channels;
  let out_column = i / out_channels % out_width;
  let out_row = i / out_channels / out_width % out_height;
  let sample = i / out_channels / out_width / out_height;
  let in_channel = out_channel / multiplier;
  let top = i32(out_row * stride_height) - i32(pad_top);
  let left = i32(out_column * stride_width) - i32(pad_left);
  let end_row = min(i32(kernel_height), i32(in_height) - top);
  let end_column = min(i32(kernel_width), i32(in_width) - left);
  var sum = T(0.0);
  for (var r = max(0, -top); r < end_row; r++) {
    let in_row = (sample * in_height + u32(top + r)) * in_width;
    for (var c = max(0, -left); c < end_column; c++) {
      let weight = kernel[(u32(r) * kernel_width + u32(c)) * out_channels + out_channel];
      sum += T(x[(in_row + u32(left + c)) * in_channels + in_channel]) * weight;
    }
  }
  if (has_bias) {
    sum += bias[out_channel];
  }
  return activate(sum);
}
