// The gradient of a convolution with respect to its kernel, as a matrix product. Row: an input channel at a position in
// the kernel. Column: an output channel. Run: a row of output pixels. Step: an output pixel in that row.
// a is x (NHWC), b is dy (NHWC).
fn runs() -> u32 {
  return params.images * params.out_height;
}

// Where the kernel position lies from an output pixel's corner of its window, in a and in the image. May lie before the
// first row and column, where all three wrap around.
struct Row {
  start: u32,
  top: u32,
  left: u32,
}

fn row_of(m: u32) -> Row {
  let position = m / params.in_channels;
  let top = position / params.kernel_width * params.dilation_height - params.pad_top;
  let left = position % params.kernel_width * params.dilation_width - params.pad_left;
  let start = (top * params.in_width + left) * params.in_channels + m % params.in_channels;
  return Row(start, top, left);
}

fn run_of(row: Row, run: u32) -> Run {
  let down = run % params.out_height * params.stride_height;
  let line = run / params.out_height * params.in_height + down;
  let start = row.start + line * params.in_width * params.in_channels;
  // The output columns whose window has this position inside the image.
  let left = i32(row.left);
  let stride = i32(params.stride_width);
  let first = clamp((stride - 1 - left) / stride, 0, i32(params.out_width));
  let end = clamp((i32(params.in_width) - left + stride - 1) / stride, first, i32(params.out_width));
  return Run(i32(start), u32(first), select(0u, u32(end - first), row.top + down < params.in_height));
}

// The step, and the run's first digit, are the window's corner in the image, in pixels; the second one is the image.
// Negative coordinates wrap to large ones: one comparison for both sides.
fn element_of(row: Row, at: Position) -> Element {
  let inside = row.top + at.inner < params.in_height && row.left + at.step < params.in_width;
  return Element(row.start + at.a, inside);
}

const a_linear = false;
const b_linear = true;

fn b_column(n: u32) -> u32 {
  return n;
}

fn b_start(n: u32, run: u32) -> u32 {
  return run * params.out_width * params.columns + n;
}
