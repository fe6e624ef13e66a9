// Convolution of groups of channels, each by itself. The kernel is [height, width, inputs of a group, output channels]; the
// output channels of a group follow one another, as its input channels do. Channels of the output and outputs of a group
// count T; those of the input count X: T where a group has one input and one output, else one.
override has_bias: bool;

@group(0) @binding(1) var<storage, read> x: array<StoredX>;
@group(0) @binding(2) var<storage, read> kernel: array<T>;
@group(0) @binding(3) var<storage, read> bias: array<T>;

fn element(place: Place) -> T {
  let dilation = vec2i(i32(dilation_height), i32(dilation_width));
  let top = i32(place.row * stride_height) - i32(params.pad_top);
  let left = i32(place.column * stride_width) - i32(params.pad_left);
  let first_channel = place.channel / group_outputs * group_inputs;
  var sum = T(0.0);
  for (var r = 0; r < i32(kernel_height); r++) {
    // Negative coordinates wrap to large ones: one comparison for both sides.
    let in_row = u32(top + r * dilation.x);
    if (in_row >= params.in_height) {
      continue;
    }
    let line = (place.image * params.in_height + in_row) * params.in_width;
    for (var c = 0; c < i32(kernel_width); c++) {
      let in_column = u32(left + c * dilation.y);
      if (in_column >= params.in_width) {
        continue;
      }
      let pixel = (line + in_column) * params.in_channels + first_channel;
      let position = (u32(r) * kernel_width + u32(c)) * group_inputs;
      for (var i = 0u; i < group_inputs; i++) {
        sum += T(X(x[pixel + i])) * kernel[(position + i) * params.channels + place.channel];
      }
    }
  }
  if (has_bias) {
    sum += bias[place.channel];
  }
  return activate(sum);
}
