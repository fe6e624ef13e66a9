import depthwiseSource from "../../../wgsl/conv/depthwise_conv2d.wgsl";
import { shapeError } from "../../errors.js";
import { formatSpec, sizeOf } from "../../tensor.js";
import { activate, activationCodes, type Activation } from "../elementwise/activation.js";
import { elementKernel } from "../common/elementKernel.js";
import { expectRank, expectShape, floatTypes } from "../common/expect.js";
import { elementPrelude, elementType, lanesOf, launchUnits } from "../common/launchUnits.js";
import { defineOp, specOf } from "../op.js";
import { windowPositions, type Pads, type Size2d } from "../common/window2d.js";

const depthwiseKernel = elementKernel("depthwise_conv2d", activate + depthwiseSource, 3);

/**
 * Every input channel convolved with kernels of its own: x [n, h, w, cin], kernel [kh, kw, cin, multiplier] and,
 * optionally, bias [cin · multiplier] to activation(y) [n, h', w', cin · multiplier]; input channel c makes the output
 * channels from c · multiplier on. Not differentiable.
 */
export const depthwiseConv2d = defineOp<{ strides: Size2d; pads: Pads; activation: Activation }>({
  name: "depthwise_conv2d",
  infer(inputs, { strides, pads }) {
    if (inputs.length !== 2 && inputs.length !== 3) {
      throw shapeError("depthwise_conv2d", "2 or 3 inputs", `${inputs.length}`);
    }
    const [x, kernel, bias] = inputs;
    expectRank("depthwise_conv2d", "x", x, 4, floatTypes);
    expectRank("depthwise_conv2d", "kernel", kernel, 4);
    const [batch, height, width, inChannels] = x.shape;
    const [kernelHeight, kernelWidth, kernelChannels, multiplier] = kernel.shape;
    if (kernelChannels !== inChannels) {
      throw shapeError("depthwise_conv2d", `a kernel for ${inChannels} channels`, formatSpec(kernel));
    }
    const channels = inChannels * multiplier;
    if (bias) expectShape("depthwise_conv2d", "bias", bias, [channels]);
    const size = windowPositions(
      "depthwise_conv2d",
      [height, width],
      [kernelHeight, kernelWidth],
      strides,
      pads,
    );
    return [specOf([batch, ...size, channels], x.dtype)];
  },
  lower(ctx, [x, kernel, bias], [y], { strides, pads, activation }) {
    const [batch, inHeight, inWidth, inChannels] = x.shape;
    const [kernelHeight, kernelWidth, , multiplier] = kernel.shape;
    const type = multiplier === 1 ? elementType(inChannels) : "f32";
    const lanes = lanesOf(type);
    const outputs = sizeOf(y!.shape) / batch;
    launchUnits(ctx, {
      op: "depthwise_conv2d",
      kernel: depthwiseKernel,
      units: batch,
      walked: [y!, x],
      // Without a bias its binding is never read; any readable buffer will do.
      whole: [kernel, bias ?? kernel],
      prelude: elementPrelude(type, x.dtype),
      constants: {
        in_height: inHeight,
        in_width: inWidth,
        in_channels: inChannels / lanes,
        out_height: y!.shape[1],
        out_width: y!.shape[2],
        multiplier,
        kernel_height: kernelHeight,
        kernel_width: kernelWidth,
        stride_height: strides[0],
        stride_width: strides[1],
        pad_top: pads[0],
        pad_left: pads[2],
        has_bias: Number(bias !== undefined),
        activation: activationCodes[activation],
      },
      invocationsPerUnit: outputs / lanes,
      flopsPerUnit: 2 * kernelHeight * kernelWidth * outputs,
    });
  },
});
