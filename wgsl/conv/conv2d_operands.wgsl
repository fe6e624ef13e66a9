// Convolution as a matrix product. Row: an output pixel. Column: an output channel. Run: a position in the kernel.
// Step: an input channel. a is x (NHWC), b is the kernel (HWIO).
fn runs() -> u32 {
  return params.kernel_height * params.kernel_width;
}

struct Row {
  image: u32,
  top: i32,
  left: i32,
}

fn row_of(m: u32) -> Row {
  let line = m / params.out_width;
  return Row(
    line / params.out_height,
    i32(line % params.out_height * params.stride_height) - i32(params.pad_top),
    i32(m % params.out_width * params.stride_width) - i32(params.pad_left),
  );
}

fn run_of(row: Row, run: u32) -> Run {
  // Negative coordinates wrap to large ones: one comparison for both sides.
  let y_in = u32(row.top + i32(run / params.kernel_width * params.dilation_height));
  let x_in = u32(row.left + i32(run % params.kernel_width * params.dilation_width));
  let inside = y_in < params.in_height && x_in < params.in_width;
  let pixel = (row.image * params.in_height + y_in) * params.in_width + x_in;
  return Run(i32(pixel * params.in_channels), 0u, select(0u, params.in_channels, inside));
}

fn b_start(n: u32, run: u32) -> u32 {
  return run * params.in_channels * params.columns + n;
}
