// Sums go to y one by one. Prelude: Stored, what T is there.
@group(0) @binding(0) var<storage, read_write> y: array<Stored>;
@group(0) @binding(3) var<storage, read> bias: array<T>;

fn store(tile: Tile, m: u32, n: u32, sums: vec4f) {
  if (m >= params.rows) {
    return;
  }
  let row = (tile.split * params.rows + m) * params.y_stride;
  for (var c = 0u; c < min(4u, max(n, params.columns) - n); c++) {
    let i = row + n + c;
    var value = sums[c];
    if (accumulate) {
      value += T(y[i]);
    }
    if (has_bias) {
      value += bias[n + c];
    }
    y[i] = Stored(activate(value));
  }
}
