// Values as whole numbers 0 to 255: cut off, or rounded to the nearest, halves to the even one.
override nearest: bool;

@group(0) @binding(1) var<storage, read> x: array<Stored>;

fn element(i: u32) -> T {
  let value = clamp(T(x[i]), T(0.0), T(255.0));
  return select(trunc(value), round(value), nearest);
}
