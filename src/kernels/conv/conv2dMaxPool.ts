import { conv2d, convolution, type Conv2dAttrs } from "./conv2d.js";
import { convolutionShape } from "./convolution.js";
import { convolutionAlgorithms, problemOf } from "./convolutionOp.js";
import { convolutionVariants, type Algorithms } from "./convolutionVariants.js";
import { isMonotonic } from "../elementwise/activation.js";
import { maxPool2d, type MaxPool2dAttrs } from "../pool/maxPool2d.js";
import { defineOp, specOf } from "../op.js";
import { launchWinograd } from "../winograd/winograd.js";
import type { TensorSpec } from "../../tensor.js";
import { WgraftError } from "../../errors.js";

/** The pooling of VGG and its kin. */
const pool: MaxPool2dAttrs = { poolSize: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] };

/** Whether a pooling is the one that `conv2dMaxPool` does. */
export function isPoolOfConv2dMaxPool(attrs: MaxPool2dAttrs): boolean {
  const { poolSize, strides, pads } = attrs;
  const equal = (a: readonly number[], b: readonly number[]) => a.every((value, i) => value === b[i]);
  return equal(poolSize, pool.poolSize) && equal(strides, pool.strides) && equal(pads, pool.pads);
}

function convolved([x, kernel]: readonly TensorSpec[], attrs: Conv2dAttrs): TensorSpec {
  return specOf(convolutionShape("conv2d", x, kernel, attrs), x.dtype);
}

const { direct } = convolutionAlgorithms<Conv2dAttrs>(convolution);

/** The convolution's algorithms, and the pooling after them. */
const pooled: Algorithms<Conv2dAttrs> = {
  direct:
    (products) =>
    (ctx, inputs, [y], attrs) => {
      const between = ctx.scratch(convolved(inputs, attrs));
      direct(products)(ctx, inputs, [between], attrs);
      maxPool2d.lower!(ctx, [between], [y, undefined], pool);
    },
  winograd:
    (algorithm, products) =>
    (ctx, inputs, [y], attrs) => {
      const [x, kernel, bias] = inputs;
      const { pads, activation } = attrs;
      const problem = { algorithm, products, x, kernel, bias, y: y!, pads, activation };
      launchWinograd(ctx, { ...problem, pooled: convolved(inputs, attrs) });
    },
};

/**
 * max_pool2d(conv2d(…)), of 2 × 2 with strides of 2: what inference, and the frozen layers of a training, make of the two.
 * Winograd's transform back then writes a quarter of what it would, and nothing reads that again; the direct product
 * leaves the convolution in scratch, for the pooling's own kernel.
 */
export const conv2dMaxPool = defineOp<Conv2dAttrs>({
  name: "conv2d_max_pool",
  infer(inputs, attrs) {
    if (!isMonotonic(attrs.activation)) {
      throw new WgraftError("internal", `conv2d_max_pool: the maximum does not pass ${attrs.activation}`);
    }
    return [maxPool2d.infer(conv2d.infer(inputs, attrs), pool)[0]];
  },
  variants: (caps, inputs, _, attrs) =>
    convolutionVariants(caps, problemOf(convolution, inputs, convolved(inputs, attrs)), attrs, pooled),
});
