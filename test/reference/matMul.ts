/** [m, k] · [k, n], either factor stored transposed, without bias or activation. */
export function matMul(
  a: Float64Array,
  b: Float64Array,
  { m, k, n }: { m: number; k: number; n: number },
  { transposeA = false, transposeB = false } = {},
): Float64Array {
  const y = new Float64Array(m * n);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let p = 0; p < k; p++) {
        sum += a[transposeA ? p * m + i : i * k + p] * b[transposeB ? j * k + p : p * n + j];
      }
      y[i * n + j] = sum;
    }
  return y;
}

/** [rows, columns] → [columns, rows]. */
export function transpose(x: Float64Array, rows: number, columns: number): Float64Array {
  return x.map((_, i) => x[(i % rows) * columns + Math.floor(i / rows)]);
}
