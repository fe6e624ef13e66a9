// One level of a tree of sums. Of every segment of `segment_in` elements, the k-th of `segment_out` sums collects the
// elements k, k + segment_out, k + 2 segment_out, …: with segment_out a multiple of the channels, a sum stays within
// one channel, and neighbouring invocations always read neighbouring elements. All counts are in T.
override factor: f32 = 1.0;
override square: bool = false;

@group(0) @binding(1) var<storage, read> x: array<StoredX>;

fn element(i: u32) -> T {
  let first = (i / params.segment_out) * params.segment_in;
  var sum = T(0.0);
  var k = i % params.segment_out;
  while (k < params.segment_in) {
    // Sixteen at a time: adding each straight to the long sum would lose more of it to rounding.
    var block = T(0.0);
    for (var n = 0u; n < 16u && k < params.segment_in; n++) {
      let value = T(x[first + k]);
      block += select(value, value * value, square);
      k += params.segment_out;
    }
    sum += block;
  }
  return factor * sum;
}
