/** Softmax of rows of `width`. */
export function softmax(x: Float64Array, width: number): Float64Array {
  const y = new Float64Array(x.length);
  for (let first = 0; first < x.length; first += width) {
    const row = x.subarray(first, first + width);
    const shift = Math.max(...row);
    const total = row.reduce((sum, value) => sum + Math.exp(value - shift), 0);
    row.forEach((value, j) => (y[first + j] = Math.exp(value - shift) / total));
  }
  return y;
}

/** ∂/∂x from the output y. */
export function softmaxGrad(dy: Float64Array, y: Float64Array, width: number): Float64Array {
  return dy.map((value, i) => {
    const first = i - (i % width);
    let dot = 0;
    for (let j = first; j < first + width; j++) dot += dy[j] * y[j];
    return y[i] * (value - dot);
  });
}
