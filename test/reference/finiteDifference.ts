/**
 * The gradient of Σ dy·f(x) with respect to x by central differences, to check a reference gradient against its forward.
 * Exact to about h² where f is smooth within h of x; keep x away from corners.
 */
export function finiteDifference(
  f: (x: Float64Array) => Float64Array,
  x: Float64Array,
  dy: Float64Array,
  h = 1e-5,
): Float64Array {
  const at = (i: number, value: number) => {
    const moved = x.slice();
    moved[i] = value;
    return f(moved).reduce((sum, y, k) => sum + dy[k] * y, 0);
  };
  return x.map((value, i) => (at(i, value + h) - at(i, value - h)) / (2 * h));
}
