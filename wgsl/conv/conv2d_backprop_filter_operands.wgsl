// The gradient of a convolution with respect to its kernel, as a matrix product. Row: an input channel at a position in
// the kernel. Column: an output channel. Run: a row of output pixels. Step: an output pixel in that row.
// a is x (NHWC), b is dy (NHWC).
fn runs() -> u32 {
  return params.images * params.out_height;
}

struct Row {
  // Where the kernel position lies from an output pixel's corner of its window.
  top: i32,
  left: i32,
  channel: i32,
  // The output columns whose window has this position inside the image.
  first: u32,
  count: u32,
}

fn row_of(m: u32) -> Row {
  let position = m / params.in_channels;
  let top = i32(position / params.kernel_width * params.dilation_height) - i32(params.pad_top);
  let left = i32(position % params.kernel_width * params.dilation_width) - i32(params.pad_left);
  let stride = i32(params.stride_width);
  let first = clamp((stride - 1 - left) / stride, 0, i32(params.out_width));
  let end = clamp((i32(params.in_width) - left + stride - 1) / stride, first, i32(params.out_width));
  return Row(top, left, i32(m % params.in_channels), u32(first), u32(end - first));
}

fn run_of(row: Row, run: u32) -> Run {
  let image = run / params.out_height;
  let y_in = i32(run % params.out_height * params.stride_height) + row.top;
  let pixel = (i32(image * params.in_height) + y_in) * i32(params.in_width) + row.left;
  let start = pixel * i32(params.in_channels) + row.channel;
  return Run(start, row.first, select(0u, row.count, u32(y_in) < params.in_height));
}

fn b_start(n: u32, run: u32) -> u32 {
  return run * params.out_width * params.columns + n;
}
