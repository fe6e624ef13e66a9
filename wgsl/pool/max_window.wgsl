// The maximum of a pooling window and where in the window it stands. Padding takes no part, as if it were -infinity;
// on ties the first in row-major order wins. `channels` counts T (f32 or vec4f); U is the unsigned integer of its width.
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

@group(0) @binding(1) var<storage, read> x: array<Stored>;

struct WindowMax {
  value: T,
  index: U,
}

fn max_of_window(i: u32) -> WindowMax {
  let channel = i % channels;
  let out_column = i / channels % out_width;
  let out_row = i / channels / out_width % out_height;
  let sample = i / channels / out_width / out_height;
  let top = i32(out_row * stride_height) - i32(pad_top);
  let left = i32(out_column * stride_width) - i32(pad_left);
  let first_row = max(0, -top);
  let first_column = max(0, -left);
  let end_row = min(i32(pool_height), i32(in_height) - top);
  let end_column = min(i32(pool_width), i32(in_width) - left);
  var best: WindowMax;
  for (var r = first_row; r < end_row; r++) {
    let in_row = (sample * in_height + u32(top + r)) * in_width;
    for (var c = first_column; c < end_column; c++) {
      let value = T(x[(in_row + u32(left + c)) * channels + channel]);
      let index = U(u32(r) * pool_width + u32(c));
      if (r == first_row && c == first_column) {
        best = WindowMax(value, index);
      } else {
        let better = value > best.value;
        best.value = select(best.value, value, better);
        best.index = select(best.index, index, better);
      }
    }
  }
  return best;
}
