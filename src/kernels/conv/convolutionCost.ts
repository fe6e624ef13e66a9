/** What the ways to compute a convolution take, by an estimate from caps and shapes alone: docs/kernels.md, "Winograd". */
import { bytesOf, sizeOf, type TensorSpec } from "../../tensor.js";
import type { GemmKernel } from "../gemm/gemmProblem.js";
import { ELEMENT_COST, type Product } from "../gemm/gemmTiling.js";
import { gemmCost } from "../gemm/gemmVariants.js";
import type { DeviceCaps } from "../op.js";
import type { Winograd1d } from "../winograd/winogradMatrices.js";
import { imageRanges, tilesOf, type WinogradShapes } from "../winograd/winogradScratch.js";

/** An algorithm, of Winograd or the direct one, and the kernel for its products. */
export interface Way {
  readonly algorithm: Winograd1d | undefined;
  readonly products: GemmKernel;
}

export interface ConvolutionProblem {
  /** The tensors by their roles, whichever of them is computed. */
  readonly shapes: WinogradShapes;
  readonly computes: keyof WinogradShapes;
  /** The left operand of the direct product. */
  readonly a: TensorSpec;
}

/** On a CPU adapter: what the transforms take for each of their results, in multiply-adds, measured on lavapipe. */
const CPU_TRANSFORM_COST = 30;

/** On a CPU adapter: how much longer the workgroup kernel takes than that of subgroups. */
const CPU_WORKGROUP_COST = 3;

/** Multiply-adds in the 5 µs that another dispatch, which waits for the one before it, takes a GPU. */
const LAUNCH_COST = 5e7;

/** In multiply-adds of the adapter. */
export function convolutionCost(caps: DeviceCaps, problem: ConvolutionProblem, way: Way): number {
  return caps.software ? cpuCost(problem.shapes, way) : gpuCost(caps, problem, way);
}

function cpuCost({ y, kernel }: WinogradShapes, { algorithm, products }: Way): number {
  const [, , inChannels, outChannels] = kernel.shape;
  const pairs = inChannels * outChannels;
  const factor = products === "workgroup" ? CPU_WORKGROUP_COST : 1;
  if (!algorithm) return factor * 9 * (sizeOf(y.shape) / outChannels) * pairs;
  const tiles = tilesIn(y, algorithm);
  const results = tiles * (inChannels + outChannels) + pairs;
  return algorithm.points ** 2 * (factor * tiles * pairs + CPU_TRANSFORM_COST * results);
}

function gpuCost(caps: DeviceCaps, { shapes, computes, a }: ConvolutionProblem, way: Way): number {
  const { x, kernel, y } = shapes;
  const [height, width, inChannels, outChannels] = kernel.shape;
  const outer = memoryCost(x) + memoryCost(kernel) + memoryCost(y);
  const { algorithm, products } = way;
  if (!algorithm) {
    const product = productOf(computes, {
      x: sizeOf(x.shape) / x.shape[3],
      y: sizeOf(y.shape) / y.shape[3],
      taps: height * width,
      inChannels,
      outChannels,
    });
    return gemmCost(caps, products, a, product) + outer + LAUNCH_COST;
  }
  // All ranges of images take the same time.
  const parts = algorithm.points ** 2;
  const tiles = tilesIn(computes === "x" ? x : y, algorithm);
  const ranges = imageRanges(caps, { x, y }, algorithm).length;
  const own = Math.ceil(tiles / ranges);
  const product = productOf(computes, { x: own, y: own, taps: 1, inChannels, outChannels });
  const spec = { shape: [], dtype: "float32" } as const;
  const points = { ...product, parts, depth: parts * product.depth };
  // What lies between the transforms is written and read again. The transformed kernel is kept where its values do not change.
  const ofImages = 2 * tiles * (inChannels + outChannels);
  const ofKernel = (computes === "kernel" ? 2 : 1) * inChannels * outChannels;
  return (
    ranges * (gemmCost(caps, products, spec, points) + 3 * LAUNCH_COST) +
    ELEMENT_COST * parts * (ofImages + ofKernel) +
    outer
  );
}

interface Sizes {
  /** Pixels, or tiles. */
  readonly x: number;
  readonly y: number;
  readonly taps: number;
  readonly inChannels: number;
  readonly outChannels: number;
}

function productOf(computes: keyof WinogradShapes, sizes: Sizes): Product {
  const { x, y, taps, inChannels, outChannels } = sizes;
  switch (computes) {
    case "y":
      return { rows: y, columns: outChannels, depth: taps * inChannels };
    case "x":
      return { rows: x, columns: inChannels, depth: taps * outChannels };
    case "kernel":
      return { rows: taps * inChannels, columns: outChannels, depth: y };
  }
}

/** Of a tensor read or written once. */
function memoryCost({ shape, dtype }: TensorSpec): number {
  return (ELEMENT_COST * sizeOf(shape) * bytesOf(dtype)) / bytesOf("float32");
}

function tilesIn({ shape }: TensorSpec, algorithm: Winograd1d): number {
  const { down, across } = tilesOf(shape, algorithm);
  return shape[0] * down * across;
}
