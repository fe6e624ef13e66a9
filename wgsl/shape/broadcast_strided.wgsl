// The transpose of sum_strided: of every segment of `segment_out` elements, element k is factor · x[k mod segment_in] of
// the segment of `segment_in` inputs. All counts are in T, and so is a broadcast scalar when T is f32.
override segment_in: u32;
override segment_out: u32;
override factor: f32 = 1.0;

@group(0) @binding(0) var<storage, read_write> y: array<Stored>;
@group(0) @binding(1) var<storage, read> x: array<Stored>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = linear_index(workgroup, groups, local, 256u);
  if (i < arrayLength(&y)) {
    y[i] = Stored(factor * T(x[(i / segment_out) * segment_in + i % segment_out % segment_in]));
  }
}
