// How many rows or columns of the image a window covers: padding takes no part in the mean.
override pool_height: u32;
override pool_width: u32;
override stride_height: u32;
override stride_width: u32;

struct Span {
  first: i32,
  end: i32,
}

fn span_of(window: u32, pool: u32, stride: u32, pad: u32, size: u32) -> Span {
  let first = i32(window * stride) - i32(pad);
  return Span(max(first, 0), min(first + i32(pool), i32(size)));
}

fn rows_of(window: u32, size: u32) -> Span {
  return span_of(window, pool_height, stride_height, params.pad_top, size);
}

fn columns_of(window: u32, size: u32) -> Span {
  return span_of(window, pool_width, stride_width, params.pad_left, size);
}
