// The 16 matrix products of Winograd's F(2×2, 3×3), each a part of its own. Row: a tile. Column: an output channel.
// Run: a point of the transforms. Step: an input channel. a is v [point, tile, cin], b is u [point, cin, cout].
override in_channels: u32;

override run_length: u32 = in_channels;
override a_stride: u32 = 1u;
override b_stride: u32 = columns;

fn runs() -> u32 {
  return 16u;
}

alias Row = u32;

fn row_of(m: u32) -> Row {
  return m;
}

fn run_of(row: Row, run: u32) -> Run {
  return Run(i32((run * rows() + row) * in_channels), 0u, in_channels);
}

fn b_start(n: u32, run: u32) -> u32 {
  return run * in_channels * columns + n;
}
