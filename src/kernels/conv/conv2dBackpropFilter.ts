import operands from "../../../wgsl/conv/conv2d_backprop_filter_operands.wgsl";
import type { Shape } from "../../tensor.js";
import { convParams, convParamsOf, expectBindable, expectResultOf, type ConvWindow } from "./convolution.js";
import { directOrWinograd } from "./convolutionVariants.js";
import { launchGroupedBackpropFilter } from "./groupedConv2d.js";
import { expectInputs } from "../common/expect.js";
import { gemmKernels, launchGemm } from "../gemm/gemm.js";
import { defineOp, float32, type Op } from "../op.js";
import { bindingRanges, bytesPer, sliceRange } from "../common/ranges.js";
import { launchWinogradBackpropFilter } from "../winograd/winograd.js";
import type { Winograd1d } from "../winograd/winogradMatrices.js";

export interface Conv2dBackpropFilterAttrs extends ConvWindow {
  /** [kh, kw, cin / groups, cout] */
  readonly kernelShape: Shape;
}

const kernels = gemmKernels("conv2d_backprop_filter", operands, [...convParams, "in_channels", "images"]);

type Lower = NonNullable<Op<Conv2dBackpropFilterAttrs>["lower"]>;

/** One matrix product: any kernel, any strides. Groups of channels go element by element. */
export const lowerDirect: Lower = (ctx, [x, dy], [dkernel], { kernelShape, groups = 1, ...window }) => {
  if (groups > 1) {
    const shapes = { x: x.shape, kernel: kernelShape, y: dy.shape, window, groups };
    launchGroupedBackpropFilter(ctx, "conv2d_backprop_filter", { x, dy, dkernel: dkernel! }, shapes);
    return;
  }
  const [batch, outHeight, outWidth] = dy.shape;
  const [, inHeight, inWidth] = x.shape;
  const [kernelHeight, kernelWidth, inChannels, columns] = kernelShape;
  expectBindable("conv2d_backprop_filter", ctx.caps, {
    dkernel: dkernel!,
    "one x": [x, batch],
    "one dy": [dy, batch],
  });
  const bytes = [bytesPer(x, batch), bytesPer(dy, batch)];
  for (const range of bindingRanges("conv2d_backprop_filter", ctx.caps, batch, bytes)) {
    launchGemm(ctx, {
      kernels,
      y: dkernel!,
      a: sliceRange(x, range, batch),
      b: sliceRange(dy, range, batch),
      accumulate: range.start > 0,
      rows: kernelHeight * kernelWidth * inChannels,
      columns,
      depth: range.count * outHeight * outWidth,
      runLength: outWidth,
      layout: {
        a: { contiguousInK: false, fours: inChannels % 4 === 0, stride: inChannels * window.strides[1] },
        b: { contiguousInK: false, fours: columns % 4 === 0, stride: columns },
      },
      walk: {
        innerRuns: outHeight,
        units: { step: window.strides[1], inner: window.strides[0] },
        a: {
          inner: window.strides[0] * inWidth * inChannels,
          outer: inHeight * inWidth * inChannels,
        },
        b: { inner: outWidth * columns, outer: outHeight * outWidth * columns },
      },
      params: {
        ...convParamsOf(x.shape, kernelShape, dy.shape, window),
        in_channels: inChannels,
        images: range.count,
      },
    });
  }
};

/** Winograd's algorithm: kernels of 3 × 3 with strides of 1. */
export const lowerWinograd =
  (algorithm: Winograd1d): Lower =>
  (ctx, [x, dy], [dkernel], { pads }) => {
    launchWinogradBackpropFilter(ctx, { algorithm, x, dy, dkernel: dkernel!, pads });
  };

/**
 * The gradient of conv2d with respect to its kernel [kh, kw, cin / groups, cout], from x [n, h, w, cin] and dy [n, h', w', cout]
 * (tf.nn.conv2d_backprop_filter); float32, whatever type x and dy have. Batches beyond the binding limit are added up in several launches. Not differentiable.
 * @throws WgraftError `out-of-memory` where the kernel, or one image, exceeds the adapter's binding limit.
 */
export const conv2dBackpropFilter = defineOp<Conv2dBackpropFilterAttrs>({
  name: "conv2d_backprop_filter",
  infer(inputs, { kernelShape, ...window }) {
    expectInputs("conv2d_backprop_filter", inputs, 2);
    const [x, dy] = inputs;
    const kernel = float32(...kernelShape);
    expectResultOf("conv2d_backprop_filter", { x, kernel, dy }, window);
    return [kernel];
  },
  ...directOrWinograd<Conv2dBackpropFilterAttrs>({
    roles: ([x, dy], dkernel) => ({ x, kernel: dkernel, y: dy }),
    direct: lowerDirect,
    winograd: lowerWinograd,
  }),
});
