// Every input element gathers dy from the windows whose maximum it was: no atomics, the same sum on every run.
override in_height: u32;
override in_width: u32;
override channels: u32;
override out_height: u32;
override out_width: u32;
override pool_height: u32;
override pool_width: u32;
override stride_height: u32;
override stride_width: u32;
override pad_top: u32;
override pad_left: u32;

@group(0) @binding(1) var<storage, read> dy: array<Stored>;
@group(0) @binding(2) var<storage, read> argmax: array<U>;

fn element(i: u32) -> T {
  let channel = i % channels;
  let column = i / channels % in_width + pad_left;
  let row = i / channels / in_width % in_height + pad_top;
  let sample = i / channels / in_width / in_height;
  let end_row = min(row / stride_height + 1u, out_height);
  let end_column = min(column / stride_width + 1u, out_width);
  var sum = T(0.0);
  for (var r = first_window(row, pool_height, stride_height); r < end_row; r++) {
    for (var c = first_window(column, pool_width, stride_width); c < end_column; c++) {
      let at = ((sample * out_height + r) * out_width + c) * channels + channel;
      let here = U((row - r * stride_height) * pool_width + column - c * stride_width);
      sum += select(T(0.0), T(dy[at]), argmax[at] == here);
    }
  }
  return sum;
}
