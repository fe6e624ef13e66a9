// The moving statistics go a step towards those of a batch.
override momentum: f32;

@group(0) @binding(0) var<storage, read_write> moving_mean: array<T>;
@group(0) @binding(1) var<storage, read_write> moving_variance: array<T>;
@group(0) @binding(2) var<storage, read> mean: array<T>;
@group(0) @binding(3) var<storage, read> variance: array<T>;

fn invocation(i: u32) {
  if (i < arrayLength(&moving_mean)) {
    moving_mean[i] = moving_mean[i] * momentum + mean[i] * (1.0 - momentum);
    moving_variance[i] = moving_variance[i] * momentum + variance[i] * (1.0 - momentum);
  }
}
