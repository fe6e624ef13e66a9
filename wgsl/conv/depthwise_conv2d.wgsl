// Depthwise convolution with one output for each channel, four neighbouring columns an invocation: they share the weights, and most
// of what they read of the image. Prelude: kernel_width. Channels count T.
override kernel_height: u32;
override stride_height: u32;
override stride_width: u32;
override dilation_height: u32;
// The kernel by 180°, as the gradient with respect to the input of strides of 1 takes it.
override turned: bool;
override has_bias: bool;
// Whether what is outside the image is left out, which is less work, or is loaded from elsewhere and counts as zero: behind a branch, a
// GPU's loads wait for one another.
override skip_outside: bool;

@group(0) @binding(0) var<storage, read_write> y: array<Stored>;
@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read> kernel: array<T>;
@group(0) @binding(3) var<storage, read> bias: array<T>;

fn weight(row: u32, column: u32, channel: u32) -> T {
  var at = row * kernel_width + column;
  if (turned) {
    at = kernel_height * kernel_width - 1u - at;
  }
  return kernel[at * params.channels + channel];
}

fn put(line: u32, column: u32, channel: u32, sum: T) {
  if (column < params.width) {
    var value = sum;
    if (has_bias) {
      value += bias[channel];
    }
    y[(line + column) * params.channels + channel] = Stored(activate(value));
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let channel = id.x % params.channels;
  let column = 4u * (id.x / params.channels);
  if (column >= params.width) {
    return;
  }
  let top = i32(id.y * stride_height) - i32(params.pad_top);
  let left = i32(column * stride_width) - i32(params.pad_left);
  var sum_0 = T(0.0);
  var sum_1 = T(0.0);
  var sum_2 = T(0.0);
  var sum_3 = T(0.0);
  for (var row = 0u; row < kernel_height; row++) {
    // Negative coordinates wrap to large ones: one comparison for both sides.
    let in_row = u32(top + i32(row * dilation_height));
    let end = select(0u, params.in_width, in_row < params.in_height);
    if (skip_outside && end == 0u) {
      continue;
    }
    let line = (id.z * params.in_height + min(in_row, params.in_height - 1u)) * params.in_width;
    var weights: array<T, kernel_width>;
    for (var c = 0u; c < kernel_width; c++) {
      weights[c] = weight(row, c, channel);
    }
    for (var c = 0u; c < 3u * stride_width + kernel_width; c++) {
      let in_column = u32(left + i32(c));
      if (skip_outside && in_column >= end) {
        continue;
      }
      var value: T;
      if (skip_outside) {
        value = T(x[(line + in_column) * params.channels + channel]);
      } else {
        let loaded = T(x[(line + min(in_column, params.in_width - 1u)) * params.channels + channel]);
        value = select(T(0.0), loaded, in_column < end);
      }
      if (c < kernel_width) {
        sum_0 += value * weights[c];
      }
      if (c - stride_width < kernel_width) {
        sum_1 += value * weights[c - stride_width];
      }
      if (c - 2u * stride_width < kernel_width) {
        sum_2 += value * weights[c - 2u * stride_width];
      }
      if (c - 3u * stride_width < kernel_width) {
        sum_3 += value * weights[c - 3u * stride_width];
      }
    }
  }
  let line = (id.z * params.height + id.y) * params.width;
  put(line, column, channel, sum_0);
  put(line, column + 1u, channel, sum_1);
  put(line, column + 2u, channel, sum_2);
  put(line, column + 3u, channel, sum_3);
}
