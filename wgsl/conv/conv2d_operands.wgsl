// Convolution as a matrix product. Row: an output pixel. Column: an output channel. Run: a position in the kernel.
// Step: an input channel. a is x (NHWC), b is the kernel (HWIO).
fn runs() -> u32 {
  return params.kernel_height * params.kernel_width;
}

// The corner of an output pixel's window: where it begins in a, and its place in the image. May lie before the first row
// and column, where all three wrap around.
struct Row {
  start: u32,
  top: u32,
  left: u32,
}

fn row_of(m: u32) -> Row {
  let line = m / params.out_width;
  let top = line % params.out_height * params.stride_height - params.pad_top;
  let left = m % params.out_width * params.stride_width - params.pad_left;
  let pixel = (line / params.out_height * params.in_height + top) * params.in_width + left;
  return Row(pixel * params.in_channels, top, left);
}

// Negative coordinates wrap to large ones: one comparison for both sides.
fn is_inside(y_in: u32, x_in: u32) -> bool {
  return y_in < params.in_height && x_in < params.in_width;
}

fn run_of(row: Row, run: u32) -> Run {
  let down = run / params.kernel_width * params.dilation_height;
  let across = run % params.kernel_width * params.dilation_width;
  let start = row.start + (down * params.in_width + across) * params.in_channels;
  let inside = is_inside(row.top + down, row.left + across);
  return Run(i32(start), 0u, select(0u, params.in_channels, inside));
}

// The run's digits are the position's distances from the corner of the kernel, in pixels.
fn element_of(row: Row, at: Position) -> Element {
  return Element(row.start + at.a, is_inside(row.top + at.outer, row.left + at.inner));
}

const a_linear = false;
const b_linear = true;

fn b_column(n: u32) -> u32 {
  return n;
}

fn b_start(n: u32, run: u32) -> u32 {
  return run * params.in_channels * params.columns + n;
}
