// The gradient of a convolution with respect to its input, as a matrix product. Row: an input pixel. Column: an input
// channel. Run: a position in the kernel, which leads back to the one output pixel that used this input pixel there, if
// the strides hit it. Step: an output channel. a is dy (NHWC), b is the kernel (HWIO).
fn runs() -> u32 {
  return params.kernel_height * params.kernel_width;
}

struct Row {
  // Where the image's dy begins in a.
  start: u32,
  // Of the input pixel, counted from the padding's corner.
  y: u32,
  x: u32,
}

fn row_of(m: u32) -> Row {
  let line = m / params.in_width;
  return Row(
    line / params.in_height * params.out_height * params.out_width * params.out_channels,
    line % params.in_height + params.pad_top,
    m % params.in_width + params.pad_left,
  );
}

// The output pixel whose window begins at a distance from an input pixel, and whether there is one. The stride's odd part
// is divided by with its inverse modulo 2³², its power of two by rotating: what the stride does not divide, and what is
// negative, becomes larger than any coordinate.
fn element_at(row: Row, y: u32, x: u32) -> Element {
  let odd = vec2u(row.y - y, row.x - x) * vec2u(params.stride_height_inverse, params.stride_width_inverse);
  let shift = vec2u(params.stride_height_shift, params.stride_width_shift);
  let out = (odd >> shift) | (odd << ((32u - shift) & vec2u(31u)));
  let inside = out.x < params.out_height && out.y < params.out_width;
  return Element(row.start + (out.x * params.out_width + out.y) * params.out_channels, inside);
}

fn run_of(row: Row, run: u32) -> Run {
  let y = run / params.kernel_width * params.dilation_height;
  let element = element_at(row, y, run % params.kernel_width * params.dilation_width);
  return Run(i32(element.index), 0u, select(0u, params.out_channels, element.is_inside));
}

// The run's digits are the position's distances from the corner of the kernel, in pixels.
fn element_of(row: Row, at: Position) -> Element {
  let element = element_at(row, at.outer, at.inner);
  return Element(element.index + at.step, element.is_inside);
}

const a_linear = false;
const b_linear = false;

fn b_column(n: u32) -> u32 {
  return n * params.out_channels;
}

fn b_start(n: u32, run: u32) -> u32 {
  return (run * params.columns + n) * params.out_channels;
}
