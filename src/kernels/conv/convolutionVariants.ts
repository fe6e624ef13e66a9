/** The ways to compute a convolution or one of its gradients: an algorithm, and a kernel for the products in it. */
import type { ConvWindow } from "./convolution.js";
import { convolutionCost, type ConvolutionProblem, type Way } from "./convolutionCost.js";
import { gemmKernelsOn } from "../gemm/gemm.js";
import type { GemmKernel } from "../gemm/gemmProblem.js";
import { float32, type DeviceCaps, type Lower } from "../op.js";
import { f2, f4, type Winograd1d } from "../winograd/winogradMatrices.js";
import { validWinograd } from "../winograd/winogradScratch.js";

/** How an op is lowered by each of the algorithms. */
export interface Algorithms<A> {
  /** Any kernel, any strides. */
  readonly direct: (products: GemmKernel) => Lower<A>;
  /** Kernels of 3 × 3 with strides of 1. */
  readonly winograd: (algorithm: Winograd1d, products: GemmKernel) => Lower<A>;
}

const winogradNames: ReadonlyMap<Winograd1d, string> = new Map([
  [f2, "f2"],
  [f4, "f4"],
]);

/** "f4 subgroup", "direct workgroup", …: all that are valid, the cheapest by the estimate first. */
export function convolutionVariants<A>(
  caps: DeviceCaps,
  problem: ConvolutionProblem,
  window: ConvWindow,
  { direct, winograd }: Algorithms<A>,
): Map<string, Lower<A>> {
  const kernels = gemmKernelsOn(caps, problem.a);
  // Element by element, without a product that there were kernels to choose for.
  if ((window.groups ?? 1) > 1) return new Map([["direct", direct(kernels[0])]]);
  const ways = waysOf(caps, problem, window).map(({ algorithm, products }): [string, Lower<A>] =>
    algorithm
      ? [`${winogradNames.get(algorithm)} ${products}`, winograd(algorithm, products)]
      : [`direct ${products}`, direct(products)],
  );
  return new Map(ways);
}

/** The valid ways, the cheapest by the estimate first. */
export function waysOf(caps: DeviceCaps, problem: ConvolutionProblem, window: ConvWindow): Way[] {
  const direct = gemmKernelsOn(caps, problem.a).map((products) => ({ algorithm: undefined, products }));
  const algorithms = validWinograd(caps, problem.shapes, window);
  const ways = [
    ...direct,
    ...winogradKernels(caps).flatMap((products) => algorithms.map((algorithm) => ({ algorithm, products }))),
  ];
  const costs = new Map(ways.map((way) => [way, convolutionCost(caps, problem, way)]));
  return ways.sort((one, other) => costs.get(one)! - costs.get(other)!);
}

/**
 * What is between Winograd's transforms is float32, whatever the tensors are: it does not bear rounding to float16. GPUs have panels
 * in workgroup memory for it, or matrices of float32.
 */
function winogradKernels(caps: DeviceCaps): GemmKernel[] {
  return gemmKernelsOn(caps, float32()).filter((kernel) => caps.software || kernel !== "subgroup");
}
