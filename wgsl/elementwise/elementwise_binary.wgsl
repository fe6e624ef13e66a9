override multiply: bool = false;

@group(0) @binding(1) var<storage, read> a: array<Stored>;
@group(0) @binding(2) var<storage, read> b: array<Stored>;

fn element(i: u32) -> T {
  let left = T(a[i]);
  let right = T(b[i]);
  return select(left + right, left * right, multiply);
}
