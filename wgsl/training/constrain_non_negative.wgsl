// Elements below 0 become 0, in place. A product, so that what is not a number stays so.
@group(0) @binding(0) var<storage, read_write> weight: array<T>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = linear_index(workgroup, groups, local, 256u);
  if (i < arrayLength(&weight)) {
    weight[i] *= select(T(0.0), T(1.0), weight[i] >= T(0.0));
  }
}
