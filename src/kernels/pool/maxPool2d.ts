import firstWindow from "../../../wgsl/common/first_window.wgsl";
import maxWindow from "../../../wgsl/pool/max_window.wgsl";
import maxPoolSource from "../../../wgsl/pool/max_pool2d.wgsl";
import maxPoolArgmaxSource from "../../../wgsl/pool/max_pool2d_argmax.wgsl";
import maxPoolGradSource from "../../../wgsl/pool/max_pool2d_grad.wgsl";
import { sizeOf, type Shape } from "../../tensor.js";
import { elementKernel, invocationKernel } from "../common/elementKernel.js";
import { expectFloat, expectInputs, expectRank, expectShape, floatTypes } from "../common/expect.js";
import { elementPrelude, elementType, lanesOf, launchUnits } from "../common/launchUnits.js";
import { defineOp, specOf } from "../op.js";
import { pooledShape, type Pool2dAttrs } from "./pool2d.js";

/** The windows of a max pooling. */
export type MaxPool2dAttrs = Pool2dAttrs;

const maxPoolKernel = elementKernel("max_pool2d", maxWindow + maxPoolSource, 1);

const maxPoolArgmaxKernel = invocationKernel("max_pool2d_argmax", maxWindow + maxPoolArgmaxSource, [
  "read_write",
  "read",
  "read_write",
]);

const maxPoolGradKernel = elementKernel("max_pool2d_grad", firstWindow + maxPoolGradSource, 2);

function constants(input: Shape, output: Shape, lanes: number, { poolSize, strides, pads }: MaxPool2dAttrs) {
  return {
    in_height: input[1],
    in_width: input[2],
    channels: input[3] / lanes,
    out_height: output[1],
    out_width: output[2],
    pool_height: poolSize[0],
    pool_width: poolSize[1],
    stride_height: strides[0],
    stride_width: strides[1],
    pad_top: pads[0],
    pad_left: pads[2],
  };
}

/**
 * Maximum of every window of x [n, h, w, c]. Outputs: y [n, h', w', c], and argmax, uint32 of the same shape: the
 * row-major index inside the window of its first maximum, which is written only where something reads it.
 */
export const maxPool2d = defineOp<MaxPool2dAttrs>({
  name: "max_pool2d",
  infer(inputs, attrs) {
    expectInputs("max_pool2d", inputs, 1);
    expectRank("max_pool2d", "x", inputs[0], 4, floatTypes);
    const shape = pooledShape("max_pool2d", inputs[0].shape, attrs);
    return [specOf(shape, inputs[0].dtype), specOf(shape, "uint32")];
  },
  lower(ctx, [x], [y, argmax], attrs) {
    const [batch, , , channels] = x.shape;
    const type = elementType(channels);
    const lanes = lanesOf(type);
    launchUnits(ctx, {
      op: "max_pool2d",
      kernel: argmax ? maxPoolArgmaxKernel : maxPoolKernel,
      units: batch,
      walked: argmax ? [y!, x, argmax] : [y!, x],
      prelude: elementPrelude(type, x.dtype),
      constants: constants(x.shape, y!.shape, lanes, attrs),
      invocationsPerUnit: sizeOf(y!.shape) / batch / lanes,
    });
  },
  vjp(g, dy, { inputs: [x], outputs: [, argmax] }, attrs) {
    return [() => g.apply(maxPool2dGrad, [dy, argmax], { ...attrs, inputShape: x.shape })[0]];
  },
});

/** ∂loss/∂x [n, h, w, c] of a max pooling, from dy and argmax [n, h', w', c]. */
export const maxPool2dGrad = defineOp<MaxPool2dAttrs & { readonly inputShape: Shape }>({
  name: "max_pool2d_grad",
  infer(inputs, attrs) {
    expectInputs("max_pool2d_grad", inputs, 2);
    const shape = pooledShape("max_pool2d_grad", attrs.inputShape, attrs);
    const dtype = expectFloat("max_pool2d_grad", "dy", inputs[0]);
    expectShape("max_pool2d_grad", "dy", inputs[0], shape, dtype);
    expectShape("max_pool2d_grad", "argmax", inputs[1], shape, "uint32");
    return [specOf(attrs.inputShape, dtype)];
  },
  lower(ctx, [dy, argmax], [dx], attrs) {
    const [batch, , , channels] = dy.shape;
    const type = elementType(channels);
    const lanes = lanesOf(type);
    launchUnits(ctx, {
      op: "max_pool2d_grad",
      kernel: maxPoolGradKernel,
      units: batch,
      walked: [dx!, dy, argmax],
      prelude: elementPrelude(type, dy.dtype),
      constants: constants(attrs.inputShape, dy.shape, lanes, attrs),
      invocationsPerUnit: sizeOf(dx!.shape) / batch / lanes,
    });
  },
});
