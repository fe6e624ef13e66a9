fn bias_at(channel: u32) -> T {
  return T(0.0);
}
