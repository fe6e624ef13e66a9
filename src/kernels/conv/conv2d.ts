import operands from "../../../wgsl/conv/conv2d_operands.wgsl";
import { shapeError } from "../../errors.js";
import { throughActivation, type Activation } from "../elementwise/activation.js";
import { biasAddGrad } from "../elementwise/biasAdd.js";
import { conv2dBackpropFilter } from "./conv2dBackpropFilter.js";
import { conv2dBackpropInput } from "./conv2dBackpropInput.js";
import { convParams, convParamsOf, convolutionShape, type ConvWindow } from "./convolution.js";
import { defineConvolution, type Convolution } from "./convolutionOp.js";
import { launchGrouped } from "./groupedConv2d.js";
import { expectShape } from "../common/expect.js";
import { gemmKernels } from "../gemm/gemm.js";
import { specOf } from "../op.js";
import { launchWinograd } from "../winograd/winograd.js";

export type { Activation } from "../elementwise/activation.js";

export interface Conv2dAttrs extends ConvWindow {
  readonly activation: Activation;
}

/** Rows are the pixels of y; k runs over the kernel's positions, and within one over the channels of x. */
export const convolution: Convolution = {
  name: "conv2d",
  computes: "y",
  kernels: gemmKernels("conv2d", operands, [...convParams, "in_channels", "kernel_height"]),
  product({ x, kernel, y }, window, images) {
    const [kernelHeight, kernelWidth, inChannels, columns] = kernel;
    const { dilations = [1, 1] } = window;
    return {
      rows: images * y[1] * y[2],
      columns,
      depth: kernelHeight * kernelWidth * inChannels,
      runLength: inChannels,
      layout: {
        a: { contiguousInK: true, fours: inChannels % 4 === 0, stride: 1 },
        b: { contiguousInK: false, fours: columns % 4 === 0, stride: columns },
      },
      walk: {
        innerRuns: kernelWidth,
        units: { inner: dilations[1], outer: dilations[0] },
        a: { inner: dilations[1] * inChannels, outer: dilations[0] * x[2] * inChannels },
        b: { inner: inChannels * columns, outer: kernelWidth * inChannels * columns },
      },
      params: {
        ...convParamsOf(x, kernel, y, window),
        in_channels: inChannels,
        kernel_height: kernelHeight,
      },
    };
  },
  grouped: launchGrouped,
  winograd: launchWinograd,
};

/**
 * activation(x ⋆ kernel + bias): x [n, h, w, cin], kernel [kh, kw, cin / groups, cout], bias [cout] (optional) to
 * [n, h', w', cout], of x's type. Cross-correlation with zero padding, as tf.nn.conv2d. Batches beyond the binding limit are split.
 * By Winograd's algorithms or directly: as tuned, else as `convolutionCost` estimates.
 * @throws WgraftError `out-of-memory` where the kernel, or one image, exceeds the adapter's binding limit.
 */
export const conv2d = defineConvolution<Conv2dAttrs>(convolution, {
  infer(inputs, attrs) {
    if (inputs.length !== 2 && inputs.length !== 3)
      throw shapeError("conv2d", "2 or 3 inputs", `${inputs.length}`);
    const [x, kernel, bias] = inputs;
    const shape = convolutionShape("conv2d", x, kernel, attrs);
    if (bias) expectShape("conv2d", "bias", bias, [shape[3]]);
    return [specOf(shape, x.dtype)];
  },
  vjp(g, dy, { inputs: [x, kernel, bias], outputs: [y] }, { activation, ...window }) {
    const dz = throughActivation(g, "conv2d", dy, y, activation);
    return [
      () => g.apply(conv2dBackpropInput, [dz, kernel], { inputShape: x.shape, ...window })[0],
      () => g.apply(conv2dBackpropFilter, [x, dz], { kernelShape: kernel.shape, ...window })[0],
      bias && (() => g.apply(biasAddGrad, [dz], {})[0]),
    ];
  },
});
