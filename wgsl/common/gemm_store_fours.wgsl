// Sums go to y four at a time: its rows begin at multiples of four, and end there.
@group(0) @binding(0) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;

fn store(tile: Tile, m: u32, n: u32, sums: vec4f) {
  if (m >= params.rows || n >= params.columns) {
    return;
  }
  let i = ((tile.split * params.rows + m) * params.y_stride + n) / 4u;
  var values = sums;
  if (accumulate) {
    values += y[i];
  }
  if (has_bias) {
    values += bias[n / 4u];
  }
  y[i] = activate(values);
}
