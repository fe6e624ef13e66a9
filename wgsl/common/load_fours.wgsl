// Four neighbouring elements of x, which begin at a multiple of four.
@group(0) @binding(1) var<storage, read> x: array<vec4f>;

fn four_at(i: u32, count: u32) -> vec4f {
  return x[i / 4u];
}
