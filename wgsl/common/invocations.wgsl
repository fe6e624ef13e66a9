// The main of a kernel whose invocations work alone, each on what is the i-th: invocation(i), called for some past the last as well.
override workgroup_size: u32 = 256u;

@compute @workgroup_size(workgroup_size)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  invocation(linear_index(workgroup, groups, local, workgroup_size));
}
