// Reads a buffer and writes another: as many bytes as a memory moves in a second, half of them each way. An invocation
// copies `each` vectors, a workgroup's width apart.
override each: u32;

@group(0) @binding(0) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let start = linear_index(workgroup, groups, 0u, 256u * each) + local;
  for (var j = 0u; j < each; j++) {
    let i = start + j * 256u;
    if (i < arrayLength(&x)) {
      y[i] = x[i];
    }
  }
}
