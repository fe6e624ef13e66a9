// y = x + bias over the last axis. `channels` counts T, as everything here.
override channels: u32;

@group(0) @binding(1) var<storage, read> x: array<Stored>;
@group(0) @binding(2) var<storage, read> bias: array<T>;

fn element(i: u32) -> T {
  return T(x[i]) + bias[i % channels];
}
