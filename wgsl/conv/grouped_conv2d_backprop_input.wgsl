// The gradient of a grouped convolution with respect to its input: every input element gathers dy from the outputs whose window
// covers it. T is vec4f only where a group has one input and one output.
override dilated: bool;

@group(0) @binding(1) var<storage, read> dy: array<Stored>;
@group(0) @binding(2) var<storage, read> kernel: array<T>;

// The first output whose window, `reach` long, covers a padded coordinate: ceil((at - reach + 1) / stride), at least 0.
fn first_output(at: u32, reach: u32, stride: u32) -> u32 {
  if (at < reach) {
    return 0u;
  }
  return (at - reach) / stride + 1u;
}

fn element(place: Place) -> T {
  let row = place.row + params.pad_top;
  let column = place.column + params.pad_left;
  let reach_down = (params.kernel_height - 1u) * params.dilation_height + 1u;
  let reach_across = (params.kernel_width - 1u) * params.dilation_width + 1u;
  let end_row = min(row / params.stride_height + 1u, params.out_height);
  let end_column = min(column / params.stride_width + 1u, params.out_width);
  let first_column = first_output(column, reach_across, params.stride_width);
  let first_channel = place.channel / params.group_inputs * params.group_outputs;
  let own = place.channel % params.group_inputs;
  var sum = T(0.0);
  for (var r = first_output(row, reach_down, params.stride_height); r < end_row; r++) {
    let down = row - r * params.stride_height;
    if (dilated && down % params.dilation_height != 0u) {
      continue;
    }
    let line = (place.image * params.out_height + r) * params.out_width;
    for (var c = first_column; c < end_column; c++) {
      let across = column - c * params.stride_width;
      if (dilated && across % params.dilation_width != 0u) {
        continue;
      }
      var position = vec2u(down, across);
      if (dilated) {
        position /= vec2u(params.dilation_height, params.dilation_width);
      }
      let matrix = ((position.x * params.kernel_width + position.y) * params.group_inputs + own) * params.out_channels;
      let pixel = (line + c) * params.out_channels;
      for (var o = first_channel; o < first_channel + params.group_outputs; o++) {
        sum += T(dy[pixel + o]) * kernel[matrix + o];
      }
    }
  }
  return sum;
}
