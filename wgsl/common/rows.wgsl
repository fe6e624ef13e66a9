// The main of a kernel that gives a workgroup of 64 invocations to each row: compute_row(row, local), for all rows() of them.
@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = workgroup.y * groups.x + workgroup.x;
  if (row < rows()) {
    compute_row(row, local);
  }
}
