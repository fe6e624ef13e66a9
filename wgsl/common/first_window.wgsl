// The first window, `reach` long, that covers a coordinate counted from the padding's corner: ceil((at - reach + 1) / stride),
// at least 0.
fn first_window(at: u32, reach: u32, stride: u32) -> u32 {
  if (at < reach) {
    return 0u;
  }
  return (at - reach) / stride + 1u;
}
