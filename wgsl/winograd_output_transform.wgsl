// y = activation(Aᵀ m A + bias) for every tile and channel: the planes [point, tile, channel] of the products to 2 × 2
// pixels of y (NHWC), of which the last row and column may lie outside. One tile and channel an invocation. Channels
// count T.
override out_height: u32;
override out_width: u32;
override channels: u32;
override tiles_down: u32;
override tiles_across: u32;
override has_bias: bool;

@group(0) @binding(0) var<storage, read_write> y: array<T>;
@group(0) @binding(1) var<storage, read> m: array<T>;
@group(0) @binding(2) var<storage, read> bias: array<T>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = linear_index(workgroup, groups, local, 256u);
  let plane = arrayLength(&m) / 16u;
  if (i >= plane) {
    return;
  }
  let tile = i / channels;
  let image = tile / (tiles_across * tiles_down);
  let top = tile / tiles_across % tiles_down * 2u;
  let left = tile % tiles_across * 2u;
  let channel = i % channels;
  var offset = T(0.0);
  if (has_bias) {
    offset = bias[channel];
  }
  // The sums over s of (1, 1, 1, 0) and of (0, 1, -1, -1), for both rows of pixels. Counting from i, which no compiler
  // knows, keeps the loop a loop: unrolled, it takes a CPU adapter a second to compile.
  var left_column = array(offset, offset);
  var right_column = array(offset, offset);
  var s = 0u;
  for (var p = i; p < 4u * plane; p += plane) {
    let m1 = m[p + 4u * plane];
    let m2 = m[p + 8u * plane];
    let column = array(m[p] + m1 + m2, m1 - m2 - m[p + 12u * plane]);
    for (var r = 0u; r < 2u; r++) {
      left_column[r] += select(T(0.0), column[r], s < 3u);
      right_column[r] += select(T(0.0), select(-column[r], column[r], s == 1u), s > 0u);
    }
    s++;
  }
  for (var r = 0u; r < 2u; r++) {
    let start = ((image * out_height + top + r) * out_width + left) * channels + channel;
    if (top + r < out_height) {
      y[start] = activate(left_column[r]);
      if (left + 1u < out_width) {
        y[start + channels] = activate(right_column[r]);
      }
    }
  }
}
