// The smallest and the largest value of each image, by one workgroup.
override size: u32;

@group(0) @binding(0) var<storage, read_write> range: array<vec2f>;
@group(0) @binding(1) var<storage, read> pixels: array<f32>;

fn rows() -> u32 {
  return arrayLength(&range);
}

fn compute_row(sample: u32, local: u32) {
  let first = sample * size;
  var low = pixels[first];
  var high = low;
  for (var j = local; j < size; j += 64u) {
    low = min(low, pixels[first + j]);
    high = max(high, pixels[first + j]);
  }
  low = -workgroup_max(local, -low);
  high = workgroup_max(local, high);
  if (local == 0u) {
    range[sample] = vec2f(low, high);
  }
}
