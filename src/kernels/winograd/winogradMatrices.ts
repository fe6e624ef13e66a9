/**
 * The matrices of Winograd's minimal filtering F(m, 3) (Winograd 1980; Lavin and Gray 2015, "Fast algorithms for
 * convolutional neural networks"): y = Aᵀ((G g) ⊙ (Bᵀ d)) makes m outputs of m + 2 inputs d and a filter g of 3 with
 * m + 2 multiplications.
 */

/** Rows. */
export type Matrix = readonly (readonly number[])[];

export interface Winograd1d {
  /** m, the outputs of a tile along one axis. */
  readonly outputs: number;
  /** m + 2, the multiplications. */
  readonly points: number;
  /** Bᵀ [points, points], of inputs. */
  readonly input: Matrix;
  /** G [points, 3], of the filter. */
  readonly filter: Matrix;
  /** Aᵀ [outputs, points]. */
  readonly output: Matrix;
}

/**
 * F(m, 3) by Toom and Cook's construction: polynomials evaluated at `finite` distinct points, and at infinity.
 *
 * The points decide the error. 0, ±1, ±2, the usual choice for m = 4, lose three to four times more digits than
 * 0, ±3/4, ±3/2, whose powers stay near 1 (Barabasz et al. 2020, "Error analysis and improving the accuracy of Winograd
 * convolution for deep neural networks"), and which float32 represents as exactly.
 */
function toomCook(finite: readonly number[]): Winograd1d {
  const points = finite.length + 1;
  const outputs = points - 2;
  const others = (j: number) => finite.filter((_, k) => k !== j);
  const power = (x: number, i: number) => (i === 0 ? 1 : x ** i);
  const range = (size: number) => Array.from({ length: size }, (_, i) => i);
  const padded = (row: readonly number[], size: number) => [...row, ...range(size - row.length).map(() => 0)];
  return {
    outputs,
    points,
    input: [...finite.map((_, j) => padded(polynomial(others(j)), points)), polynomial(finite)],
    filter: [
      ...finite.map((x, j) => {
        const scale = others(j).reduce((product, other) => product * (x - other), 1);
        return range(3).map((i) => power(x, i) / scale);
      }),
      [0, 0, 1],
    ],
    output: range(outputs).map((i) => [...finite.map((x) => power(x, i)), i === outputs - 1 ? 1 : 0]),
  };
}

/** Coefficients of Π (x − root), from x⁰ on. */
function polynomial(roots: readonly number[]): number[] {
  return roots.reduce<number[]>(
    (c, root) => [...c, 0].map((_, i) => (i > 0 ? c[i - 1] : 0) - root * (i < c.length ? c[i] : 0)),
    [1],
  );
}

/** Tiles of 2 outputs: 2.25 times fewer multiplications in two dimensions. */
export const f2 = toomCook([0, 1, -1]);

/** Tiles of 4 outputs: 4 times fewer. */
export const f4 = toomCook([0, 3 / 4, -3 / 4, 3 / 2, -3 / 2]);

export function transpose(matrix: Matrix): Matrix {
  return matrix[0].map((_, column) => matrix.map((row) => row[column]));
}

/** A filter taken backwards. */
export function reversed(filter: Matrix): Matrix {
  return filter.map((row) => [...row].reverse());
}
