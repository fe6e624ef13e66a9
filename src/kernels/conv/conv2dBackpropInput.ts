import operands from "../../../wgsl/conv/conv2d_backprop_input_operands.wgsl";
import { sizeOf, type Shape } from "../../tensor.js";
import { convParams, convParamsOf, expectBindable, expectResultOf, type ConvWindow } from "./convolution.js";
import { directOrWinograd } from "./convolutionVariants.js";
import { launchGroupedBackpropInput } from "./groupedConv2d.js";
import { expectInputs } from "../common/expect.js";
import { gemmKernels, launchGemm } from "../gemm/gemm.js";
import { exactDivision } from "../gemm/gemmWalk.js";
import { defineOp, specOf, type Op } from "../op.js";
import { bindingRanges, bytesPer, sliceRange } from "../common/ranges.js";
import { launchWinogradBackpropInput } from "../winograd/winograd.js";
import type { Winograd1d } from "../winograd/winogradMatrices.js";

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

type Lower = NonNullable<Op<Conv2dBackpropInputAttrs>["lower"]>;

/** One matrix product: any kernel, any strides. Groups of channels go element by element. */
export const lowerDirect: Lower = (ctx, [dy, kernel], [dx], { inputShape, groups = 1, ...window }) => {
  if (groups > 1) {
    const shapes = { x: inputShape, kernel: kernel.shape, y: dy.shape, window, groups };
    launchGroupedBackpropInput(ctx, "conv2d_backprop_input", { dy, kernel, dx: dx! }, shapes);
    return;
  }
  const [batch] = inputShape;
  const [kernelHeight, kernelWidth, columns, outChannels] = kernel.shape;
  expectBindable("conv2d_backprop_input", ctx.caps, {
    kernel,
    "one dy": [dy, batch],
    "one dx": [dx!, batch],
  });
  const { strides, dilations = [1, 1] } = window;
  const [height, width] = strides.map(exactDivision);
  const bytes = [bytesPer(dy, batch), bytesPer(dx!, batch)];
  for (const range of bindingRanges("conv2d_backprop_input", ctx.caps, batch, bytes)) {
    launchGemm(ctx, {
      kernels,
      y: sliceRange(dx!, range, batch),
      a: sliceRange(dy, range, batch),
      b: kernel,
      rows: (sizeOf(inputShape) / columns / batch) * range.count,
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
        // The strides decide where in dy a position leads: its address is computed from the digits.
        a: { inner: 0, outer: 0 },
        b: { inner: columns * outChannels, outer: kernelWidth * columns * outChannels },
      },
      params: {
        ...convParamsOf(inputShape, kernel.shape, dy.shape, window),
        out_channels: outChannels,
        kernel_height: kernelHeight,
        stride_height_inverse: height.inverse,
        stride_height_shift: height.shift,
        stride_width_inverse: width.inverse,
        stride_width_shift: width.shift,
      },
    });
  }
};

/** Winograd's algorithm: kernels of 3 × 3 with strides of 1. */
export const lowerWinograd =
  (algorithm: Winograd1d): Lower =>
  (ctx, [dy, kernel], [dx], { pads }) => {
    launchWinogradBackpropInput(ctx, { algorithm, dy, kernel, dx: dx!, pads });
  };

/**
 * The gradient of conv2d with respect to x [n, h, w, cin], from dy [n, h', w', cout] and kernel [kh, kw, cin / groups, cout]
 * (tf.nn.conv2d_backprop_input), of dy's type. Batches beyond the binding limit are split. Not differentiable.
 * @throws WgraftError `out-of-memory` where the kernel, or one image, exceeds the adapter's binding limit.
 */
export const conv2dBackpropInput = defineOp<Conv2dBackpropInputAttrs>({
  name: "conv2d_backprop_input",
  infer(inputs, { inputShape, ...window }) {
    expectInputs("conv2d_backprop_input", inputs, 2);
    const [dy, kernel] = inputs;
    const x = specOf(inputShape, dy.dtype);
    expectResultOf("conv2d_backprop_input", { x, kernel, dy }, window);
    return [x];
  },
  ...directOrWinograd<Conv2dBackpropInputAttrs>({
    roles: ([dy, kernel], dx) => ({ x: dx, kernel, y: dy }),
    direct: lowerDirect,
    winograd: lowerWinograd,
  }),
});
