import { conv2d } from "../../../src/kernels/conv/conv2d.js";
import { depthwiseConv2d } from "../../../src/kernels/conv/depthwiseConv2d.js";
import { matMul } from "../../../src/kernels/gemm/matMul.js";
import type { Op } from "../../../src/kernels/op.js";
import { uniform } from "../../reference/random.js";

/** An op with a kernel, of shapes that it takes, without bias and activation. */
export interface Product {
  readonly op: Op;
  readonly x: number[];
  readonly kernel: number[];
  /** Of the output. */
  readonly channels: number;
  readonly attrs: object;
}

const window = { strides: [1, 1], pads: [1, 1, 1, 1], activation: "linear" } as const;
const product = { transposeA: false, transposeB: false, activation: "linear" } as const;

export const products: readonly Product[] = [
  { op: conv2d, x: [2, 5, 4, 3], kernel: [3, 3, 3, 7], channels: 7, attrs: window },
  { op: depthwiseConv2d, x: [1, 5, 4, 3], kernel: [3, 3, 3, 2], channels: 6, attrs: window },
  { op: matMul, x: [3, 8], kernel: [8, 5], channels: 5, attrs: product },
];

export const namedProducts = products.map((product) => [product.op.name, product] as const);

/** Inputs of some size, so that activations act. */
export function feedsOf({ x, kernel }: Product) {
  return { x: uniform(1, x, -4, 4).dataSync(), kernel: uniform(2, kernel, -2, 2).dataSync() };
}
