// The gradient of a convolution with respect to its input, as a matrix product. Row: an input pixel. Column: an input
// channel. Run: a position in the kernel, which leads back to the one output pixel that used this input pixel there, if
// the strides hit it. Step: an output channel. a is dy (NHWC), b is the kernel (HWIO).
override in_height: u32;
override in_width: u32;
override out_height: u32;
override out_width: u32;
override out_channels: u32;
override kernel_height: u32;
override kernel_width: u32;
override stride_height: u32;
override stride_width: u32;
override pad_top: u32;
override pad_left: u32;

override run_length: u32 = out_channels;
override a_stride: u32 = 1u;
override b_stride: u32 = 1u;

fn runs() -> u32 {
  return kernel_height * kernel_width;
}

struct Row {
  image: u32,
  // Of the input pixel, counted from the padding's corner.
  y: u32,
  x: u32,
}

fn row_of(m: u32) -> Row {
  return Row(m / (in_width * in_height), m / in_width % in_height + pad_top, m % in_width + pad_left);
}

fn run_of(row: Row, run: u32) -> Run {
  let y_out = row.y - run / kernel_width;
  let x_out = row.x - run % kernel_width;
  let hit = row.y >= run / kernel_width && row.x >= run % kernel_width
    && y_out % stride_height == 0u && x_out % stride_width == 0u
    && y_out / stride_height < out_height && x_out / stride_width < out_width;
  let start = ((row.image * out_height + y_out / stride_height) * out_width + x_out / stride_width) * out_channels;
  return Run(i32(start), 0u, select(0u, out_channels, hit));
}

fn b_start(n: u32, run: u32) -> u32 {
  return (run * columns + n) * out_channels;
}
