/** Σ over rows of x, taken as [rows, channels]. */
export function sumRows(x: Float64Array, channels: number): Float64Array {
  const sums = new Float64Array(channels);
  x.forEach((value, i) => (sums[i % channels] += value));
  return sums;
}
