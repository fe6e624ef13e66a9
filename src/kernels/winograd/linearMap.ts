/** A small constant matrix as WGSL that applies it: no product by 0 or 1, and what two results share computed once. */
import { transpose, type Matrix } from "./winogradMatrices.js";

/** `fn transform(x: array<T, columns>) -> array<T, rows>`, x ↦ matrix · x. */
export function wgslLinearMap(matrix: Matrix): string {
  const columns = matrix[0].length;
  const { lines, results } = byMirroredRows(matrix) ?? byMirroredColumns(matrix);
  return [
    `fn transform(x: array<T, ${columns}>) -> array<T, ${matrix.length}> {`,
    ...lines.map((line) => `  ${line}`),
    `  return array<T, ${matrix.length}>(${results.join(", ")});`,
    "}",
  ].join("\n");
}

interface Body {
  readonly lines: readonly string[];
  readonly results: readonly string[];
}

/**
 * Polynomials at p and at -p (rows of Bᵀ and G) have their even part in common, and their odd part but for its sign.
 * Undefined where no rows are such a pair.
 */
function byMirroredRows(matrix: Matrix): Body | undefined {
  const pairs = mirroredPairs(matrix);
  if (pairs.length === 0) return undefined;
  const lines: string[] = [];
  const results = matrix.map((row) => sum(row, (column) => `x[${column}]`));
  for (const [i, j] of pairs) {
    const part = (parity: number) =>
      sum(
        matrix[i].map((value, column) => (column % 2 === parity ? value : 0)),
        (column) => `x[${column}]`,
      );
    lines.push(`let even_${i} = ${part(0)};`, `let odd_${i} = ${part(1)};`);
    results[i] = `even_${i} + odd_${i}`;
    results[j] = `even_${i} - odd_${i}`;
  }
  return { lines, results };
}

/** Powers of p and of -p (columns of Aᵀ) are equal but for the sign of the odd ones: x of both is added, or subtracted, first. */
function byMirroredColumns(matrix: Matrix): Body {
  const pairs = mirroredPairs(transpose(matrix));
  const second = new Set(pairs.map(([, j]) => j));
  const first = new Set(pairs.map(([i]) => i));
  const lines = pairs.flatMap(([i, j]) => [
    `let sum_${i} = x[${i}] + x[${j}];`,
    `let difference_${i} = x[${i}] - x[${j}];`,
  ]);
  const results = matrix.map((row, r) =>
    sum(
      row.map((value, column) => (second.has(column) ? 0 : value)),
      (column) => (first.has(column) ? `${r % 2 === 0 ? "sum" : "difference"}_${column}` : `x[${column}]`),
    ),
  );
  return { lines, results };
}

/** Pairs of rows that differ in the sign of every second element. */
function mirroredPairs(matrix: Matrix): [number, number][] {
  const pairs: [number, number][] = [];
  matrix.forEach((row, i) => {
    const j = matrix.findIndex(
      (other, at) => at > i && other.every((value, k) => value === (k % 2 === 0 ? row[k] : -row[k])),
    );
    // A row without odd part mirrors itself: nothing to share.
    if (j > i && row.some((value, k) => k % 2 === 1 && value !== 0)) pairs.push([i, j]);
  });
  return pairs;
}

function sum(factors: readonly number[], name: (i: number) => string): string {
  const terms = factors.flatMap((factor, i) => (factor === 0 ? [] : [product(factor, name(i))]));
  return terms.length > 0 ? terms.join(" + ") : "T(0.0)";
}

function product(factor: number, value: string): string {
  if (factor === 1) return value;
  if (factor === -1) return `(-${value})`;
  return `f32(${factor}) * ${value}`;
}
