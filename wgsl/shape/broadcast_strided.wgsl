// The transpose of sum_strided: of every segment of `segment_out` elements, element k is factor · x[k mod segment_in] of
// the segment of `segment_in` inputs. All counts are in T, and so is a broadcast scalar when T is f32.
override segment_in: u32;
override segment_out: u32;
override factor: f32 = 1.0;

@group(0) @binding(1) var<storage, read> x: array<Stored>;

fn element(i: u32) -> T {
  return factor * T(x[(i / segment_out) * segment_in + i % segment_out % segment_in]);
}
