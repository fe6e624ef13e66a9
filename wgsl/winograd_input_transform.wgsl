// v = Bᵀ d B for every tile and channel: the 4 × 4 pixels of x (NHWC) that a tile of 2 × 2 outputs sees, zero outside
// the picture, to the planes [point, tile, channel]. Channels count T.
// An invocation makes one row of four points, of one channel, for a row of tiles. Such a row of points needs two rows of
// pixels, and neighbouring tiles share half of their columns: a load for each store, and little code to compile.
override in_height: u32;
override in_width: u32;
override channels: u32;
override tiles_down: u32;
override tiles_across: u32;
override pad_top: u32;
override pad_left: u32;

@group(0) @binding(0) var<storage, read_write> v: array<T>;
@group(0) @binding(1) var<storage, read> x: array<T>;

// A channel of a row of pixels.
struct Line {
  start: u32,
  inside: bool,
}

fn line(image: u32, row: u32, channel: u32) -> Line {
  return Line((image * in_height + row) * in_width * channels + channel, row < in_height);
}

fn pixel(line: Line, column: u32) -> T {
  let inside = line.inside && column < in_width;
  return select(T(0.0), x[select(0u, line.start + column * channels, inside)], inside);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = linear_index(workgroup, groups, local, 64u);
  let plane = arrayLength(&v) / 16u;
  let channel = i % channels;
  let point = i / channels % 4u;
  let strip = i / (4u * channels);
  let start = strip * tiles_across * channels + channel;
  if (start >= plane) {
    return;
  }
  // Row `point` of Bᵀ d: d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]. Coordinates above and left of the picture
  // wrap to large ones: one comparison for both sides.
  let image = strip / tiles_down;
  let top = strip % tiles_down * 2u - pad_top;
  let first = line(image, top + vec4u(0u, 1u, 2u, 1u)[point], channel);
  let second = line(image, top + vec4u(2u, 2u, 1u, 3u)[point], channel);
  let sign = select(-1.0, 1.0, point == 1u);
  var d0: T;
  var d1: T;
  // Each turn loads the two columns right of the tile before it, and writes that tile.
  let end = start + tiles_across * channels;
  var column = 0u - pad_left;
  for (var next = start; next <= end; next += channels) {
    let d2 = pixel(first, column) + sign * pixel(second, column);
    let d3 = pixel(first, column + 1u) + sign * pixel(second, column + 1u);
    if (next > start) {
      let to = next - channels + point * 4u * plane;
      v[to] = d0 - d2;
      v[to + plane] = d1 + d2;
      v[to + 2u * plane] = d2 - d1;
      v[to + 3u * plane] = d1 - d3;
    }
    d0 = d2;
    d1 = d3;
    column += 2u;
  }
}
