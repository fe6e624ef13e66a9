// The gradient of a grouped convolution with respect to its input: every input element gathers dy from the outputs whose window
// covers it. T is vec4f only where a group has one input and one output.
@group(0) @binding(1) var<storage, read> dy: array<Stored>;
@group(0) @binding(2) var<storage, read> kernel: array<T>;

fn element(place: Place) -> T {
  let row = place.row + params.pad_top;
  let column = place.column + params.pad_left;
  let reach_down = (kernel_height - 1u) * dilation_height + 1u;
  let reach_across = (kernel_width - 1u) * dilation_width + 1u;
  let end_row = min(row / stride_height + 1u, params.out_height);
  let end_column = min(column / stride_width + 1u, params.out_width);
  let first_column = first_window(column, reach_across, stride_width);
  let first_channel = place.channel / group_inputs * group_outputs;
  let own = place.channel % group_inputs;
  let dilated = dilation_height > 1u || dilation_width > 1u;
  var sum = T(0.0);
  for (var r = first_window(row, reach_down, stride_height); r < end_row; r++) {
    let down = row - r * stride_height;
    if (dilated && down % dilation_height != 0u) {
      continue;
    }
    let line = (place.image * params.out_height + r) * params.out_width;
    for (var c = first_column; c < end_column; c++) {
      let across = column - c * stride_width;
      if (dilated && across % dilation_width != 0u) {
        continue;
      }
      var position = vec2u(down, across);
      if (dilated) {
        position /= vec2u(dilation_height, dilation_width);
      }
      let matrix = ((position.x * kernel_width + position.y) * group_inputs + own) * params.out_channels;
      let pixel = (line + c) * params.out_channels;
      for (var o = first_channel; o < first_channel + group_outputs; o++) {
        sum += T(dy[pixel + o]) * kernel[matrix + o];
      }
    }
  }
  return sum;
}
