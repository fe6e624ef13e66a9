/** A row in descending order, with what of it the threshold is made of. */
function supportOf(row: Float64Array) {
  let sum = 0;
  return [...row.keys()]
    .sort((a, b) => row[b] - row[a] || a - b)
    .map((place, k) => {
      sum += row[place];
      return { place, rank: k + 1, sum, supports: row[place] - (sum - 1) / (k + 1) > 0 };
    })
    .filter(({ supports }) => supports);
}

/** Of rows of `width`, as keras/src/backend/torch/nn.py: sum(where(support, cumsum, 0)) where the paper has its last term. */
export function sparsemax(x: Float64Array, width: number): Float64Array {
  const y = new Float64Array(x.length);
  for (let first = 0; first < x.length; first += width) {
    const row = x.subarray(first, first + width);
    const support = supportOf(row);
    const threshold = (support.reduce((total, { sum }) => total + sum, 0) - 1) / support.length;
    row.forEach((value, j) => (y[first + j] = Math.max(value - threshold, 0)));
  }
  return y;
}

export function sparsemaxGrad(dy: Float64Array, x: Float64Array, width: number): Float64Array {
  const y = sparsemax(x, width);
  const dx = dy.map((value, i) => (y[i] > 0 ? value : 0));
  for (let first = 0; first < x.length; first += width) {
    const passed = dx.slice(first, first + width).reduce((sum, value) => sum + value, 0);
    const support = supportOf(x.subarray(first, first + width));
    for (const { place, rank } of support) {
      dx[first + place] -= ((support.length - rank + 1) / support.length) * passed;
    }
  }
  return dx;
}
