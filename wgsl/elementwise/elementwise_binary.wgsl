override multiply: bool = false;

@group(0) @binding(0) var<storage, read_write> y: array<Stored>;
@group(0) @binding(1) var<storage, read> a: array<Stored>;
@group(0) @binding(2) var<storage, read> b: array<Stored>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = linear_index(workgroup, groups, local, 256u);
  if (i < arrayLength(&y)) {
    let left = T(a[i]);
    let right = T(b[i]);
    y[i] = Stored(select(left + right, left * right, multiply));
  }
}
