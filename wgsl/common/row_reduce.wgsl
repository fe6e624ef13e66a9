// Reductions over the 64 invocations of a workgroup; every invocation gets the result.
var<workgroup> partial: array<f32, 64>;

fn workgroup_sum(local: u32, value: f32) -> f32 {
  partial[local] = value;
  for (var half = 32u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (local < half) {
      partial[local] += partial[local + half];
    }
  }
  return workgroupUniformLoad(&partial[0]);
}

fn workgroup_max(local: u32, value: f32) -> f32 {
  partial[local] = value;
  for (var half = 32u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (local < half) {
      partial[local] = max(partial[local], partial[local + half]);
    }
  }
  return workgroupUniformLoad(&partial[0]);
}
