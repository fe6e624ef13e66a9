// Convolution as a matrix product. Row: an output pixel. Column: an output channel. Run: a position in the kernel.
// Step: an input channel. a is x (NHWC), b is the kernel (HWIO).
override in_height: u32;
override in_width: u32;
override in_channels: u32;
override out_height: u32;
override out_width: u32;
override kernel_height: u32;
override kernel_width: u32;
override stride_height: u32;
override stride_width: u32;
override pad_top: u32;
override pad_left: u32;

override run_length: u32 = in_channels;
override a_stride: u32 = 1u;
override b_stride: u32 = columns;

fn runs() -> u32 {
  return kernel_height * kernel_width;
}

struct Row {
  image: u32,
  top: i32,
  left: i32,
}

fn row_of(m: u32) -> Row {
  return Row(
    m / (out_width * out_height),
    i32(m / out_width % out_height * stride_height) - i32(pad_top),
    i32(m % out_width * stride_width) - i32(pad_left),
  );
}

fn run_of(row: Row, run: u32) -> Run {
  // Negative coordinates wrap to large ones: one comparison for both sides.
  let y_in = u32(row.top + i32(run / kernel_width));
  let x_in = u32(row.left + i32(run % kernel_width));
  let inside = y_in < in_height && x_in < in_width;
  let start = ((row.image * in_height + y_in) * in_width + x_in) * in_channels;
  return Run(i32(start), 0u, select(0u, in_channels, inside));
}

fn b_start(n: u32, run: u32) -> u32 {
  return run * in_channels * columns + n;
}
