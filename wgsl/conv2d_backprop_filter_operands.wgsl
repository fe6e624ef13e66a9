// The gradient of a convolution with respect to its kernel, as a matrix product. Row: an input channel at a position in
// the kernel. Column: an output channel. Run: a row of output pixels. Step: an output pixel in that row.
// a is x (NHWC), b is dy (NHWC).
override in_height: u32;
override in_width: u32;
override in_channels: u32;
override out_height: u32;
override out_width: u32;
override kernel_width: u32;
override stride_height: u32;
override stride_width: u32;
override pad_top: u32;
override pad_left: u32;

override run_length: u32 = out_width;
override a_stride: u32 = in_channels * stride_width;
override b_stride: u32 = columns;

fn runs() -> u32 {
  return arrayLength(&b) / (columns * out_width);
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
  let position = m / in_channels;
  let top = i32(position / kernel_width) - i32(pad_top);
  let left = i32(position % kernel_width) - i32(pad_left);
  let stride = i32(stride_width);
  let first = clamp((stride - 1 - left) / stride, 0, i32(out_width));
  let end = clamp((i32(in_width) - left + stride - 1) / stride, first, i32(out_width));
  return Row(top, left, i32(m % in_channels), u32(first), u32(end - first));
}

fn run_of(row: Row, run: u32) -> Run {
  let image = run / out_height;
  let y_in = i32(run % out_height * stride_height) + row.top;
  let start = ((i32(image * in_height) + y_in) * i32(in_width) + row.left) * i32(in_channels) + row.channel;
  return Run(start, row.first, select(0u, row.count, u32(y_in) < in_height));
}

fn b_start(n: u32, run: u32) -> u32 {
  return run * out_width * columns + n;
}
