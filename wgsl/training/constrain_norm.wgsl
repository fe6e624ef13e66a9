// Scales each group of a weight's elements towards a wanted norm, in place. The weight is (outer, reduced, inner), and a group is what
// `reduced` runs over. One invocation a group, so that neighbours read next to each other where inner > 1.
override reduced: u32;
override inner: u32;
override minimum: f32;
override maximum: f32;
override rate: f32;

@group(0) @binding(0) var<storage, read_write> weight: array<f32>;

fn invocation(i: u32) {
  if (i >= arrayLength(&weight) / reduced) {
    return;
  }
  let first = (i / inner) * reduced * inner + i % inner;
  var squares = 0.0;
  for (var k = 0u; k < reduced; k++) {
    let x = weight[first + k * inner];
    squares += x * x;
  }
  let norm = sqrt(squares);
  let wanted = rate * clamp(norm, minimum, maximum) + (1.0 - rate) * norm;
  let factor = wanted / (EPSILON + norm);
  for (var k = 0u; k < reduced; k++) {
    weight[first + k * inner] *= factor;
  }
}
