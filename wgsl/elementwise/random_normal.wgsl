// Normal numbers by the method of Box and Muller, four an invocation: one Philox block. They depend on (seed, step, node,
// element) only.
override mean: f32;
override deviation: f32;
override node: u32;
override seed_low: u32;
override seed_high: u32;
// Blocks before this launch's first element.
override first_block: u32 = 0u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> step: array<u32>;

// Above 0 and at most 1, of 24 bits.
fn uniform_above_zero(word: u32) -> f32 {
  return (f32(word >> 8u) + 1.0) / 16777216.0;
}

fn invocation(i: u32) {
  let words = philox4x32(vec4u(first_block + i, step[0], node, 0u), vec2u(seed_low, seed_high));
  for (var pair = 0u; pair < 2u; pair++) {
    let radius = sqrt(-2.0 * log(uniform_above_zero(words[2u * pair])));
    let angle = 6.283185307179586 * uniform_above_zero(words[2u * pair + 1u]);
    let numbers = radius * vec2f(cos(angle), sin(angle));
    for (var lane = 0u; lane < 2u; lane++) {
      let element = 4u * i + 2u * pair + lane;
      if (element < arrayLength(&y)) {
        y[element] = mean + deviation * numbers[lane];
      }
    }
  }
}
