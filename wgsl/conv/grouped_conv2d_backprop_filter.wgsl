// The gradient of a grouped convolution with respect to its kernel, as parts to be added up: an invocation sums one element of
// the kernel over some rows of dy. `result` is [parts, kernel]. Output channels count T, input channels X, as in the forward pass.
@group(0) @binding(0) var<storage, read_write> result: array<T>;
@group(0) @binding(1) var<storage, read> x: array<StoredX>;
@group(0) @binding(2) var<storage, read> dy: array<Stored>;

fn invocation(i: u32) {
  let size = kernel_height * kernel_width * group_inputs * params.out_channels;
  let part = i / size;
  if (part >= params.parts) {
    return;
  }
  let out_channel = i % params.out_channels;
  let matrix = i % size / params.out_channels;
  let position = matrix / group_inputs;
  let in_channel = out_channel / group_outputs * group_inputs + matrix % group_inputs;
  let top = i32(position / kernel_width * dilation_height) - i32(params.pad_top);
  let left = i32(position % kernel_width * dilation_width) - i32(params.pad_left);
  // The output columns whose window has this position inside the image.
  let stride = i32(stride_width);
  let first = clamp((stride - 1 - left) / stride, 0, i32(params.out_width));
  let end = clamp((i32(params.in_width) - left + stride - 1) / stride, first, i32(params.out_width));
  let end_line = min((part + 1u) * params.lines, params.images * params.out_height);
  var sum = T(0.0);
  for (var line = part * params.lines; line < end_line; line++) {
    let image = line / params.out_height;
    let in_row = u32(i32(line % params.out_height * stride_height) + top);
    if (in_row >= params.in_height) {
      continue;
    }
    let row = i32((image * params.in_height + in_row) * params.in_width);
    var row_sum = T(0.0);
    for (var column = first; column < end; column++) {
      let pixel = u32(row + column * stride + left);
      let seen = T(X(x[pixel * params.in_channels + in_channel]));
      row_sum += seen * T(dy[(line * params.out_width + u32(column)) * params.out_channels + out_channel]);
    }
    sum += row_sum;
  }
  result[params.first_part * size + i] = sum;
}
