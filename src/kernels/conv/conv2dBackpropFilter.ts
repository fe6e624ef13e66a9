import operands from "../../../wgsl/conv/conv2d_backprop_filter_operands.wgsl";
import type { Shape } from "../../tensor.js";
import { convParams, convParamsOf, expectResultOf, type ConvWindow } from "./convolution.js";
import { defineConvolution, type Convolution } from "./convolutionOp.js";
import { launchGroupedBackpropFilter } from "./groupedConv2d.js";
import { expectInputs } from "../common/expect.js";
import { gemmKernels } from "../gemm/gemm.js";
import { float32 } from "../op.js";
import { launchWinogradBackpropFilter } from "../winograd/winograd.js";

export interface Conv2dBackpropFilterAttrs extends ConvWindow {
  /** [kh, kw, cin / groups, cout] */
  readonly kernelShape: Shape;
}

/** Rows are the kernel's positions and input channels; k runs over the rows of y, and within one over its columns. */
export const filterGradient: Convolution = {
  name: "conv2d_backprop_filter",
  computes: "kernel",
  kernels: gemmKernels("conv2d_backprop_filter", operands, [...convParams, "in_channels", "images"]),
  product({ x, kernel, y }, window, images) {
    const [, inHeight, inWidth] = x;
    const [, outHeight, outWidth] = y;
    const [kernelHeight, kernelWidth, inChannels, columns] = kernel;
    const { strides } = window;
    return {
      rows: kernelHeight * kernelWidth * inChannels,
      columns,
      depth: images * outHeight * outWidth,
      runLength: outWidth,
      layout: {
        a: { contiguousInK: false, fours: inChannels % 4 === 0, stride: inChannels * strides[1] },
        b: { contiguousInK: false, fours: columns % 4 === 0, stride: columns },
      },
      walk: {
        innerRuns: outHeight,
        units: { step: strides[1], inner: strides[0] },
        a: { inner: strides[0] * inWidth * inChannels, outer: inHeight * inWidth * inChannels },
        b: { inner: outWidth * columns, outer: outHeight * outWidth * columns },
      },
      params: { ...convParamsOf(x, kernel, y, window), in_channels: inChannels, images },
    };
  },
  grouped: launchGroupedBackpropFilter,
  winograd: launchWinogradBackpropFilter,
};

/**
 * The gradient of conv2d with respect to its kernel [kh, kw, cin / groups, cout], from x [n, h, w, cin] and dy [n, h', w', cout]
 * (tf.nn.conv2d_backprop_filter); float32, whatever type x and dy have. Batches beyond the binding limit are added up in several launches. Not differentiable.
 * @throws WgraftError `out-of-memory` where the kernel, or one image, exceeds the adapter's binding limit.
 */
export const conv2dBackpropFilter = defineConvolution<Conv2dBackpropFilterAttrs>(filterGradient, {
  infer(inputs, { kernelShape, ...window }) {
    expectInputs("conv2d_backprop_filter", inputs, 2);
    const [x, dy] = inputs;
    const kernel = float32(...kernelShape);
    expectResultOf("conv2d_backprop_filter", { x, kernel, dy }, window);
    return [kernel];
  },
});
