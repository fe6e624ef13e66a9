// Sums go to y four at a time: its rows begin at multiples of four, and end there. Prelude: Stored, what T is there.
@group(0) @binding(0) var<storage, read_write> y: array<Stored>;
@group(0) @binding(3) var<storage, read> bias: array<T>;

fn store(tile: Tile, m: u32, n: u32, sums: vec4f) {
  if (m >= params.rows || n >= params.columns) {
    return;
  }
  let i = ((tile.split * params.rows + m) * params.y_stride + n) / 4u;
  var values = sums;
  if (accumulate) {
    values += T(y[i]);
  }
  if (has_bias) {
    values += bias[n / 4u];
  }
  y[i] = Stored(activate(values));
}
