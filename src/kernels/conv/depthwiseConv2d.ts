import { shapeError } from "../../errors.js";
import { formatSpec, type Shape, type TensorSpec } from "../../tensor.js";
import { expectRank, expectShape, floatTypes } from "../common/expect.js";
import { throughActivation, type Activation } from "../elementwise/activation.js";
import { biasAddGrad } from "../elementwise/biasAdd.js";
import { defineOp, specOf } from "../op.js";
import { reshape } from "../shape/reshape.js";
import { conv2dBackpropFilter } from "./conv2dBackpropFilter.js";
import { conv2dBackpropInput } from "./conv2dBackpropInput.js";
import { convolutionShape, type ConvWindow } from "./convolution.js";
import { launchGrouped } from "./groupedConv2d.js";

export interface DepthwiseConv2dAttrs extends Omit<ConvWindow, "groups"> {
  readonly activation: Activation;
}

/** A depthwise kernel [kh, kw, cin, multiplier] as that of a convolution with cin groups: the same numbers in the same order. */
function groupedShape([height, width, channels, multiplier]: Shape): Shape {
  return [height, width, 1, channels * multiplier];
}

/**
 * Every input channel convolved with its own kernels: x [n, h, w, cin], kernel [kh, kw, cin, multiplier] and,
 * optionally, bias [cin · multiplier] to activation(y) [n, h', w', cin · multiplier]; input channel c makes the output
 * channels from c · multiplier on. Its gradients are those of `conv2d` with cin groups.
 */
export const depthwiseConv2d = defineOp<DepthwiseConv2dAttrs>({
  name: "depthwise_conv2d",
  infer(inputs, attrs) {
    if (inputs.length !== 2 && inputs.length !== 3) {
      throw shapeError("depthwise_conv2d", "2 or 3 inputs", `${inputs.length}`);
    }
    const [x, kernel, bias] = inputs;
    expectRank("depthwise_conv2d", "x", x, 4, floatTypes);
    expectRank("depthwise_conv2d", "kernel", kernel, 4);
    const channels = x.shape[3];
    if (kernel.shape[2] !== channels) {
      throw shapeError("depthwise_conv2d", `a kernel for ${channels} channels`, formatSpec(kernel));
    }
    const grouped: TensorSpec = { ...kernel, shape: groupedShape(kernel.shape) };
    const shape = convolutionShape("depthwise_conv2d", x, grouped, { ...attrs, groups: channels });
    if (bias) expectShape("depthwise_conv2d", "bias", bias, [shape[3]]);
    return [specOf(shape, x.dtype)];
  },
  lower(ctx, [x, kernel, bias], [y], { activation, ...window }) {
    const shapes = {
      x: x.shape,
      kernel: groupedShape(kernel.shape),
      y: y!.shape,
      window,
      groups: x.shape[3],
    };
    launchGrouped(ctx, "depthwise_conv2d", { x, kernel, bias, y: y! }, shapes, activation);
  },
  vjp(g, dy, { inputs: [x, kernel, bias], outputs: [y] }, { activation, ...window }, needs) {
    const dz = throughActivation(g, "depthwise_conv2d", dy, y, activation);
    const attrs = { ...window, groups: x.shape[3] };
    const kernelShape = groupedShape(kernel.shape);
    const forX = () => {
      const [grouped] = g.apply(reshape, [kernel], { shape: kernelShape });
      return g.apply(conv2dBackpropInput, [dz, grouped], { ...attrs, inputShape: x.shape })[0];
    };
    const forKernel = () => {
      const [grouped] = g.apply(conv2dBackpropFilter, [x, dz], { ...attrs, kernelShape });
      return g.apply(reshape, [grouped], { shape: kernel.shape })[0];
    };
    return [
      needs[0] ? forX() : undefined,
      needs[1] ? forKernel() : undefined,
      bias && needs[2] ? g.apply(biasAddGrad, [dz], {})[0] : undefined,
    ];
  },
});
