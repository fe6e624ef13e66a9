// Row step mod capacity of the ring gets this step's scalars, from column `first` on. Unused bindings repeat the first scalar.
override count: u32;
override first: u32;
override width: u32;
override capacity: u32;

@group(0) @binding(0) var<storage, read_write> ring: array<f32>;
@group(0) @binding(1) var<storage, read> step: array<u32>;
@group(0) @binding(2) var<storage, read> s0: array<f32>;
@group(0) @binding(3) var<storage, read> s1: array<f32>;
@group(0) @binding(4) var<storage, read> s2: array<f32>;
@group(0) @binding(5) var<storage, read> s3: array<f32>;
@group(0) @binding(6) var<storage, read> s4: array<f32>;
@group(0) @binding(7) var<storage, read> s5: array<f32>;

@compute @workgroup_size(1)
fn main() {
  let values = array(s0[0], s1[0], s2[0], s3[0], s4[0], s5[0]);
  let row = step[0] % capacity;
  for (var i = 0u; i < count; i++) {
    ring[row * width + first + i] = values[i];
  }
}
