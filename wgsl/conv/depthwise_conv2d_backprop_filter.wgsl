// The gradient of a depthwise convolution with one output for each channel with respect to its kernel, as parts to be added up: an
// invocation sums a row of the kernel over some rows of dy, four columns of those at a time, each of which it reads once.
// `result` is [parts, kernel]. Prelude: kernel_width. Channels count T.
override kernel_height: u32;
override stride_height: u32;
override stride_width: u32;
override dilation_height: u32;

@group(0) @binding(0) var<storage, read_write> result: array<T>;
@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read> dy: array<Stored>;

// What is outside is loaded from elsewhere and counts as zero: behind a branch, loads would wait for one another.
fn gradient_at(line: u32, column: u32, channel: u32) -> T {
  let loaded = T(dy[(line + min(column, params.out_width - 1u)) * params.channels + channel]);
  return select(T(0.0), loaded, column < params.out_width);
}

fn invocation(i: u32) {
  let size = kernel_height * params.channels;
  let part = i / size;
  if (part >= params.parts) {
    return;
  }
  let channel = i % params.channels;
  let kernel_row = i % size / params.channels;
  let top = i32(kernel_row * dilation_height) - i32(params.pad_top);
  let end_line = min((part + 1u) * params.lines, params.images * params.out_height);
  var sums: array<T, kernel_width>;
  for (var line = part * params.lines; line < end_line; line++) {
    // Negative coordinates wrap to large ones: one comparison for both sides.
    let in_row = u32(i32(line % params.out_height * stride_height) + top);
    if (in_row >= params.in_height) {
      continue;
    }
    let x_line = (line / params.out_height * params.in_height + in_row) * params.in_width;
    let dy_line = line * params.out_width;
    for (var column = 0u; column < params.out_width; column += 4u) {
      let dy_0 = gradient_at(dy_line, column, channel);
      let dy_1 = gradient_at(dy_line, column + 1u, channel);
      let dy_2 = gradient_at(dy_line, column + 2u, channel);
      let dy_3 = gradient_at(dy_line, column + 3u, channel);
      let left = i32(column * stride_width) - i32(params.pad_left);
      for (var c = 0u; c < 3u * stride_width + kernel_width; c++) {
        let in_column = u32(left + i32(c));
        let loaded = T(x[(x_line + min(in_column, params.in_width - 1u)) * params.channels + channel]);
        let value = select(T(0.0), loaded, in_column < params.in_width);
        if (c < kernel_width) {
          sums[c] += value * dy_0;
        }
        if (c - stride_width < kernel_width) {
          sums[c - stride_width] += value * dy_1;
        }
        if (c - 2u * stride_width < kernel_width) {
          sums[c - 2u * stride_width] += value * dy_2;
        }
        if (c - 3u * stride_width < kernel_width) {
          sums[c - 3u * stride_width] += value * dy_3;
        }
      }
    }
  }
  let first = (params.first_part + part) * kernel_height + kernel_row;
  for (var c = 0u; c < kernel_width; c++) {
    result[(first * kernel_width + c) * params.channels + channel] = sums[c];
  }
}
