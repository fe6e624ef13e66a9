import {
  convolutionAlgorithms,
  type Convolution,
  type ConvolutionAttrs,
} from "../../src/kernels/conv/convolutionOp.js";
import { gemmKernelsOn } from "../../src/kernels/gemm/gemm.js";
import { float32, type Op } from "../../src/kernels/op.js";
import type { Winograd1d } from "../../src/kernels/winograd/winogradMatrices.js";

/** A convolution or one of its gradients, always by one algorithm (default: directly), its products by the kernel that comes first. */
export function byAlgorithm<A extends ConvolutionAttrs>(
  op: Op<A>,
  convolution: Convolution,
  algorithm?: Winograd1d,
): Op<A> {
  const { direct, winograd } = convolutionAlgorithms<A>(convolution);
  return {
    ...op,
    lower(ctx, inputs, outputs, attrs) {
      const [first] = gemmKernelsOn(ctx.caps, algorithm ? float32() : inputs[0]);
      const lower = algorithm ? winograd(algorithm, first) : direct(first);
      lower(ctx, inputs, outputs, attrs);
    },
  };
}
