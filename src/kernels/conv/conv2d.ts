import operands from "../../../wgsl/conv/conv2d_operands.wgsl";
import { shapeError } from "../../errors.js";
import { sizeOf } from "../../tensor.js";
import { throughActivation, type Activation } from "../elementwise/activation.js";
import { biasAddGrad } from "../elementwise/biasAdd.js";
import { conv2dBackpropFilter } from "./conv2dBackpropFilter.js";
import { conv2dBackpropInput } from "./conv2dBackpropInput.js";
import {
  convParams,
  convParamsOf,
  convolutionShape,
  expectBindable,
  type ConvWindow,
} from "./convolution.js";
import { directOrWinograd } from "./convolutionVariants.js";
import { launchGrouped } from "./groupedConv2d.js";
import { expectShape } from "../common/expect.js";
import { gemmKernels, launchGemm } from "../gemm/gemm.js";
import { defineOp, specOf, type Op } from "../op.js";
import { bindingRanges, bytesPer, sliceRange } from "../common/ranges.js";
import { launchWinograd } from "../winograd/winograd.js";
import type { Winograd1d } from "../winograd/winogradMatrices.js";

export type { Activation } from "../elementwise/activation.js";

export interface Conv2dAttrs extends ConvWindow {
  readonly activation: Activation;
}

const kernels = gemmKernels("conv2d", operands, [...convParams, "in_channels", "kernel_height"]);

type Lower = NonNullable<Op<Conv2dAttrs>["lower"]>;

/** One matrix product: any kernel, any strides. Groups of channels go element by element. */
export const lowerDirect: Lower = (ctx, [x, kernel, bias], [y], attrs) => {
  const { activation, groups = 1, ...window } = attrs;
  if (groups > 1) {
    const shapes = { x: x.shape, kernel: kernel.shape, y: y!.shape, window, groups };
    launchGrouped(ctx, "conv2d", { x, kernel, bias, y: y! }, shapes, activation);
    return;
  }
  const [batch] = x.shape;
  const [kernelHeight, kernelWidth, inChannels, columns] = kernel.shape;
  expectBindable("conv2d", ctx.caps, { kernel, "one x": [x, batch], "one y": [y!, batch] });
  const { dilations = [1, 1] } = window;
  const bytes = [bytesPer(x, batch), bytesPer(y!, batch)];
  for (const range of bindingRanges("conv2d", ctx.caps, batch, bytes)) {
    launchGemm(ctx, {
      kernels,
      y: sliceRange(y!, range, batch),
      a: sliceRange(x, range, batch),
      b: kernel,
      bias,
      activation,
      rows: (sizeOf(y!.shape) / columns / batch) * range.count,
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
        a: {
          inner: dilations[1] * inChannels,
          outer: dilations[0] * x.shape[2] * inChannels,
        },
        b: { inner: inChannels * columns, outer: kernelWidth * inChannels * columns },
      },
      params: {
        ...convParamsOf(x.shape, kernel.shape, y!.shape, window),
        in_channels: inChannels,
        kernel_height: kernelHeight,
      },
    });
  }
};

/** Winograd's algorithm: kernels of 3 × 3 with strides of 1. */
export const lowerWinograd =
  (algorithm: Winograd1d): Lower =>
  (ctx, [x, kernel, bias], [y], { pads, activation }) => {
    launchWinograd(ctx, { algorithm, x, kernel, bias, y: y!, pads, activation });
  };

/**
 * activation(x ⋆ kernel + bias): x [n, h, w, cin], kernel [kh, kw, cin / groups, cout], bias [cout] (optional) to
 * [n, h', w', cout], of x's type. Cross-correlation with zero padding, as tf.nn.conv2d. Batches beyond the binding limit are split.
 * By Winograd's algorithms or directly: as tuned, else as `chooseWinograd` estimates.
 * @throws WgraftError `out-of-memory` where the kernel, or one image, exceeds the adapter's binding limit.
 */
export const conv2d = defineOp<Conv2dAttrs>({
  name: "conv2d",
  infer(inputs, attrs) {
    if (inputs.length !== 2 && inputs.length !== 3)
      throw shapeError("conv2d", "2 or 3 inputs", `${inputs.length}`);
    const [x, kernel, bias] = inputs;
    const shape = convolutionShape("conv2d", x, kernel, attrs);
    if (bias) expectShape("conv2d", "bias", bias, [shape[3]]);
    return [specOf(shape, x.dtype)];
  },
  ...directOrWinograd<Conv2dAttrs>({
    roles: ([x, kernel], y) => ({ x, kernel, y }),
    direct: lowerDirect,
    winograd: lowerWinograd,
  }),
  vjp(g, dy, { inputs: [x, kernel, bias], outputs: [y] }, { activation, ...window }) {
    const dz = throughActivation(g, "conv2d", dy, y, activation);
    return [
      () => g.apply(conv2dBackpropInput, [dz, kernel], { inputShape: x.shape, ...window })[0],
      () => g.apply(conv2dBackpropFilter, [x, dz], { kernelShape: kernel.shape, ...window })[0],
      bias && (() => g.apply(biasAddGrad, [dz], {})[0]),
    ];
  },
});
