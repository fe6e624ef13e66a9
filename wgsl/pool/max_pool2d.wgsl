fn element(i: u32) -> T {
  return max_of_window(i).value;
}
