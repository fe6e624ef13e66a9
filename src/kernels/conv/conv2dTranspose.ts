import { specOf, defineOp, type Lower, type Op } from "../op.js";
import type { Shape, TensorSpec } from "../../tensor.js";
import type { Size2d } from "../common/window2d.js";
import { expectInputs, expectRank, expectShape, floatTypes } from "../common/expect.js";
import { conv2d } from "./conv2d.js";
import { conv2dBackpropFilter } from "./conv2dBackpropFilter.js";
import { conv2dBackpropInput, type Conv2dBackpropInputAttrs } from "./conv2dBackpropInput.js";
import { convolutionShape, type ConvWindow } from "./convolution.js";

export interface Conv2dTransposeAttrs extends ConvWindow {
  /** Height and width of y: one of those that the convolution by this window makes x's height and width of. */
  readonly outputSize: Size2d;
}

/** The gradient that it is: of a convolution of y. */
function asBackpropInput(
  [x, kernel]: readonly TensorSpec[],
  { outputSize, ...window }: Conv2dTransposeAttrs,
): Conv2dBackpropInputAttrs {
  const inputShape: Shape = [x.shape[0], ...outputSize, kernel.shape[2] * (window.groups ?? 1)];
  return { ...window, inputShape };
}

/**
 * The transpose of a convolution: x [n, h, w, cin], kernel [kh, kw, filters, cin] to y [n, h', w', filters], of x's type, each
 * element of x spread over a window of y. What `conv2dBackpropInput` computes, and differentiable.
 */
export const conv2dTranspose: Op<Conv2dTransposeAttrs> = defineOp<Conv2dTransposeAttrs>({
  name: "conv2d_transpose",
  infer(inputs, attrs) {
    expectInputs("conv2d_transpose", inputs, 2);
    const [x, kernel] = inputs;
    expectRank("conv2d_transpose", "x", x, 4, floatTypes);
    expectRank("conv2d_transpose", "kernel", kernel, 4);
    const y = specOf(asBackpropInput(inputs, attrs).inputShape, x.dtype);
    const convolved = convolutionShape("conv2d_transpose", y, kernel, attrs);
    expectShape("conv2d_transpose", "x", x, convolved, x.dtype);
    return [y];
  },
  variants(caps, inputs, outputs, attrs) {
    const own = asBackpropInput(inputs, attrs);
    const variants = conv2dBackpropInput.variants!(caps, inputs, outputs, own);
    const renamed = [...variants].map(([name, lower]): [string, Lower<Conv2dTransposeAttrs>] => [
      name,
      (ctx, operands, results) => lower(ctx, operands, results, own),
    ]);
    return new Map(renamed);
  },
  vjp(g, dy, { inputs: [x, kernel] }, { outputSize: _, ...window }) {
    return [
      () => g.apply(conv2d, [dy, kernel], { ...window, activation: "linear" })[0],
      () => g.apply(conv2dBackpropFilter, [dy, x], { ...window, kernelShape: kernel.shape })[0],
    ];
  },
});
