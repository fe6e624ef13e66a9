// The linear index of an invocation of a 1-D kernel whose workgroups may be folded into two dimensions.
fn linear_index(workgroup: vec3u, groups: vec3u, local: u32, size: u32) -> u32 {
  return (workgroup.y * groups.x + workgroup.x) * size + local;
}
