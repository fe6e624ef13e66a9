// Four elements an invocation: one Philox block. The mask depends on (seed, step, node, element) only, so the gradient
// computes it again instead of storing it.
override threshold: u32;
override factor: f32;
override node: u32;
override seed_low: u32;
override seed_high: u32;
// Blocks before this launch's first element.
override first_block: u32 = 0u;

@group(0) @binding(0) var<storage, read_write> y: array<Stored>;
@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read> step: array<u32>;

fn invocation(i: u32) {
  let words = philox4x32(vec4u(first_block + i, step[0], node, 0u), vec2u(seed_low, seed_high));
  for (var lane = 0u; lane < 4u; lane++) {
    let element = 4u * i + lane;
    if (element < arrayLength(&y)) {
      y[element] = Stored(select(0.0, factor * T(x[element]), words[lane] >= threshold));
    }
  }
}
