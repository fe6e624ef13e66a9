// The gradient of a convolution with respect to its input, as a matrix product. Row: an input pixel. Column: an input
// channel. Run: a position in the kernel, which leads back to the one output pixel that used this input pixel there, if
// the strides hit it. Step: an output channel. a is dy (NHWC), b is the kernel (HWIO).
fn runs() -> u32 {
  return params.kernel_height * params.kernel_width;
}

struct Row {
  image: u32,
  // Of the input pixel, counted from the padding's corner.
  y: u32,
  x: u32,
}

fn row_of(m: u32) -> Row {
  let line = m / params.in_width;
  return Row(
    line / params.in_height,
    line % params.in_height + params.pad_top,
    m % params.in_width + params.pad_left,
  );
}

fn run_of(row: Row, run: u32) -> Run {
  let dilation = vec2u(params.dilation_height, params.dilation_width);
  let position = vec2u(run / params.kernel_width, run % params.kernel_width) * dilation;
  let stride = vec2u(params.stride_height, params.stride_width);
  let size = vec2u(params.out_height, params.out_width);
  let distance = vec2u(row.y, row.x) - position;
  let out = distance / stride;
  let hit = all(vec2u(row.y, row.x) >= position) && all(distance % stride == vec2u(0u)) && all(out < size);
  let pixel = (row.image * size.x + out.x) * size.y + out.y;
  return Run(i32(pixel * params.out_channels), 0u, select(0u, params.out_channels, hit));
}

fn b_start(n: u32, run: u32) -> u32 {
  return (run * params.columns + n) * params.out_channels;
}
