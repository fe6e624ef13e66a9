/** Pairs of vectors that point the same way. */
import { setImmediate } from "node:timers/promises";
import { throwIfAborted } from "../../errors.js";
import { compile } from "../../graph/compile.js";
import { Graph } from "../../graph/graph.js";
import { mirrored, patternSide } from "../../io/images/look.js";
import type { Device } from "../../kernels/gpu/device.js";
import { matMul } from "../../kernels/gemm/matMul.js";
import type { Tensor } from "../../tensor.js";

export interface SimilarPair {
  readonly a: number;
  readonly b: number;
  /** Their cosine. */
  readonly similarity: number;
}

/** Cells of a coarse pattern along each side. */
const coarseSide = 4;

/**
 * Pairs of patterns (see `Look`) whose correlation, as they are or mirrored, is at least `threshold`.
 *
 * 16 numbers rule out most pairs: a projection of unit vectors brings them no further apart than they are, and those
 * that correlate by c are √(2 − 2c) apart.
 */
export async function similarPatterns(
  patterns: readonly Float32Array[],
  threshold: number,
  signal?: AbortSignal,
): Promise<SimilarPair[]> {
  const furthest = 2 - 2 * threshold + 1e-6;
  const flipped = patterns.map(mirrored);
  const coarse = patterns.map(coarseOf);
  const coarseFlipped = flipped.map(coarseOf);
  const pairs: SimilarPair[] = [];
  for (let a = 0; a < patterns.length; a++) {
    // Otherwise nothing could interrupt a minute of comparisons.
    if (a % 64 === 0) await setImmediate();
    throwIfAborted(signal);
    for (let b = a + 1; b < patterns.length; b++) {
      let similarity = -1;
      if (distance(coarse[a], coarse[b]) <= furthest) similarity = product(patterns[a], patterns[b]);
      if (distance(coarseFlipped[a], coarse[b]) <= furthest)
        similarity = Math.max(similarity, product(flipped[a], patterns[b]));
      if (similarity >= threshold) pairs.push({ a, b, similarity });
    }
  }
  return pairs;
}

/** Blocks of cells added up, and divided so that lengths stay. */
function coarseOf(pattern: Float32Array): Float32Array {
  const block = patternSide / coarseSide;
  const sums = new Float32Array(coarseSide * coarseSide);
  pattern.forEach((value, i) => {
    const [row, column] = [Math.floor(i / patternSide), i % patternSide];
    sums[Math.floor(row / block) * coarseSide + Math.floor(column / block)] += value / block;
  });
  return sums;
}

function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
}

function product(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** Rows that are multiplied at once. */
const blockRows = 1024;

/** Pairs of rows (n, d), each of length 1, whose product is at least `threshold`. */
export async function similarRows(
  device: Device,
  rows: Tensor<"float32">,
  threshold: number,
  signal?: AbortSignal,
): Promise<SimilarPair[]> {
  const [n, d] = rows.shape;
  const size = Math.min(blockRows, n);
  const graph = new Graph();
  const [a, b] = ["a", "b"].map((name) => graph.input(name, { shape: [size, d], dtype: "float32" }));
  const products = graph.add(matMul, [a, b], { transposeA: false, transposeB: true, activation: "linear" });
  const program = await compile(device, graph, { products });
  const block = (start: number) => {
    const values = new Float32Array(size * d);
    values.set(rows.dataSync().subarray(start * d, Math.min(n, start + size) * d));
    return values;
  };
  const pairs: SimilarPair[] = [];
  try {
    for (let top = 0; top < n; top += size)
      for (let left = top; left < n; left += size) {
        throwIfAborted(signal);
        const { products: values } = await program.run({ a: block(top), b: block(left) });
        for (let i = 0; i < Math.min(size, n - top); i++)
          for (let j = left === top ? i + 1 : 0; j < Math.min(size, n - left); j++) {
            const similarity = values[i * size + j];
            if (similarity >= threshold) pairs.push({ a: top + i, b: left + j, similarity });
          }
      }
  } finally {
    program.destroy();
  }
  return pairs;
}
