/** The ways to compute a convolution or one of its gradients: an algorithm, and a kernel for the products in it. */
import type { TensorSpec } from "../../tensor.js";
import type { ConvWindow } from "./convolution.js";
import { gemmKernelsOn } from "../gemm/gemm.js";
import type { GemmKernel } from "../gemm/gemmProblem.js";
import type { DeviceCaps, Lower } from "../op.js";
import { f2, f4, type Winograd1d } from "../winograd/winogradMatrices.js";
import { chooseWinograd, validWinograd, type WinogradShapes } from "../winograd/winogradScratch.js";

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

/**
 * "f4 subgroup", "direct workgroup", …: all that are valid, the heuristic's choice first.
 * @param a the left operand of the direct product
 * @param shapes the tensors by their roles in the convolution, whichever of them the op computes
 */
export function convolutionVariants<A>(
  caps: DeviceCaps,
  a: TensorSpec,
  shapes: WinogradShapes,
  window: ConvWindow,
  { direct, winograd }: Algorithms<A>,
): Map<string, Lower<A>> {
  const kernels = gemmKernelsOn(caps, a);
  // Element by element, without a product that there were kernels to choose for.
  if ((window.groups ?? 1) > 1) return new Map([["direct", direct(kernels[0])]]);
  const valid = [undefined, ...validWinograd(caps, shapes, window)];
  const chosen = chooseWinograd(caps, shapes, window);
  const algorithms = [chosen, ...valid.filter((algorithm) => algorithm !== chosen)];
  return new Map(
    kernels.flatMap((products) =>
      // What Winograd's transforms make does not bear the rounding to float16 that tensor cores need.
      (products === "tensor" ? [undefined] : algorithms).map((algorithm) =>
        algorithm
          ? [`${winogradNames.get(algorithm)} ${products}`, winograd(algorithm, products)]
          : [`direct ${products}`, direct(products)],
      ),
    ),
  );
}
