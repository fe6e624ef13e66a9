// The main of a kernel that computes each element of its output alone: result[i] = element(i).
@group(0) @binding(0) var<storage, read_write> result: array<Stored>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = linear_index(workgroup, groups, local, 256u);
  if (i < arrayLength(&result)) {
    result[i] = Stored(element(i));
  }
}
