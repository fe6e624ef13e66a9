import operands from "../../../wgsl/conv/conv2d_backprop_input_operands.wgsl";
import type { Shape } from "../../tensor.js";
import { convParams, convParamsOf, expectResultOf, type ConvWindow } from "./convolution.js";
import { defineConvolution, type Convolution } from "./convolutionOp.js";
import { launchGroupedBackpropInput } from "./groupedConv2d.js";
import { expectInputs } from "../common/expect.js";
import { gemmKernels } from "../gemm/gemm.js";
import { exactDivision } from "../gemm/gemmWalk.js";
import { specOf } from "../op.js";
import { launchWinogradBackpropInput } from "../winograd/winograd.js";

export interface Conv2dBackpropInputAttrs extends ConvWindow {
  /** Of the convolution's x. */
  readonly inputShape: Shape;
}

const kernels = gemmKernels("conv2d_backprop_input", operands, [
  ...convParams,
  "out_channels",
  "kernel_height",
  "stride_height_inverse",
  "stride_height_shift",
  "stride_width_inverse",
  "stride_width_shift",
]);

/** Rows are the pixels of x; k runs over the kernel's positions, and within one over the channels of y. */
export const inputGradient: Convolution = {
  name: "conv2d_backprop_input",
  computes: "x",
  kernels,
  product({ x, kernel, y }, window, images) {
    const [kernelHeight, kernelWidth, columns, outChannels] = kernel;
    const { strides, dilations = [1, 1] } = window;
    const [height, width] = strides.map(exactDivision);
    return {
      rows: images * x[1] * x[2],
      columns,
      depth: kernelHeight * kernelWidth * outChannels,
      runLength: outChannels,
      layout: {
        a: { contiguousInK: true, fours: outChannels % 4 === 0, stride: 1 },
        b: { contiguousInK: true, fours: outChannels % 4 === 0, stride: 1 },
      },
      walk: {
        innerRuns: kernelWidth,
        units: { inner: dilations[1], outer: dilations[0] },
        // The strides decide where in y a position leads: its address is computed from the digits.
        a: { inner: 0, outer: 0 },
        b: { inner: columns * outChannels, outer: kernelWidth * columns * outChannels },
      },
      params: {
        ...convParamsOf(x, kernel, y, window),
        out_channels: outChannels,
        kernel_height: kernelHeight,
        stride_height_inverse: height.inverse,
        stride_height_shift: height.shift,
        stride_width_inverse: width.inverse,
        stride_width_shift: width.shift,
      },
    };
  },
  grouped: launchGroupedBackpropInput,
  winograd: launchWinogradBackpropInput,
};

/**
 * The gradient of conv2d with respect to x [n, h, w, cin], from dy [n, h', w', cout] and kernel [kh, kw, cin / groups, cout]
 * (tf.nn.conv2d_backprop_input), of dy's type. Batches beyond the binding limit are split. Not differentiable.
 * @throws WgraftError `out-of-memory` where the kernel, or one image, exceeds the adapter's binding limit.
 */
export const conv2dBackpropInput = defineConvolution<Conv2dBackpropInputAttrs>(inputGradient, {
  infer(inputs, { inputShape, ...window }) {
    expectInputs("conv2d_backprop_input", inputs, 2);
    const [dy, kernel] = inputs;
    const x = specOf(inputShape, dy.dtype);
    expectResultOf("conv2d_backprop_input", { x, kernel, dy }, window);
    return [x];
  },
});
