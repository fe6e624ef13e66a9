override value: f32;

fn element(i: u32) -> T {
  return T(value);
}
