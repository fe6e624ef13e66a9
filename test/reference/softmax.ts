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

/** The logarithm of softmax. */
export function logSoftmax(x: Float64Array, width: number): Float64Array {
  return x.map((value, i) => {
    const row = x.subarray(i - (i % width), i - (i % width) + width);
    const shift = Math.max(...row);
    return value - shift - Math.log(row.reduce((sum, other) => sum + Math.exp(other - shift), 0));
  });
}

/** ∂/∂x from the output y. */
export function logSoftmaxGrad(dy: Float64Array, y: Float64Array, width: number): Float64Array {
  return dy.map((value, i) => {
    const sum = dy.subarray(i - (i % width), i - (i % width) + width).reduce((a, b) => a + b, 0);
    return value - Math.exp(y[i]) * sum;
  });
}
