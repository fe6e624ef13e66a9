/**
 * Σ coefficient · row over rows of a matrix: the inner loop of every convolution and of its gradients. Four rows are taken
 * at a time and zeros are left out (behind a ReLU, half of all coefficients), so that a network of real size takes
 * seconds in float64.
 */
export class RowSum {
  private readonly coefficients: Float64Array;
  private readonly starts: Int32Array;
  private count = 0;

  /** @param capacity terms at most */
  constructor(
    private readonly source: Float64Array,
    private readonly width: number,
    capacity: number,
  ) {
    this.coefficients = new Float64Array(capacity);
    this.starts = new Int32Array(capacity);
  }

  /** Notes coefficient · source[start, start + width). */
  add(coefficient: number, start: number): void {
    if (coefficient === 0) return;
    this.coefficients[this.count] = coefficient;
    this.starts[this.count++] = start;
  }

  /** Adds the sum to target[at, at + width), and begins a new one. */
  addTo(target: Float64Array, at: number): void {
    const { coefficients: c, starts: s, source, width, count } = this;
    let j = 0;
    for (; j + 4 <= count; j += 4) addFourRows(target, at, c, s, j, source, width);
    for (; j < count; j++) addRow(target, at, c[j], source, s[j], width);
    this.count = 0;
  }
}

function addFourRows(
  target: Float64Array,
  at: number,
  coefficients: Float64Array,
  starts: Int32Array,
  first: number,
  source: Float64Array,
  width: number,
): void {
  const [c0, c1] = [coefficients[first], coefficients[first + 1]];
  const [c2, c3] = [coefficients[first + 2], coefficients[first + 3]];
  const [s0, s1] = [starts[first], starts[first + 1]];
  const [s2, s3] = [starts[first + 2], starts[first + 3]];
  for (let i = 0; i < width; i++)
    target[at + i] += c0 * source[s0 + i] + c1 * source[s1 + i] + c2 * source[s2 + i] + c3 * source[s3 + i];
}

function addRow(
  target: Float64Array,
  at: number,
  coefficient: number,
  source: Float64Array,
  start: number,
  width: number,
): void {
  for (let i = 0; i < width; i++) target[at + i] += coefficient * source[start + i];
}
