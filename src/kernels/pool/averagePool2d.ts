import firstWindow from "../../../wgsl/common/first_window.wgsl";
import averagePoolSource from "../../../wgsl/pool/average_pool2d.wgsl";
import averagePoolGradSource from "../../../wgsl/pool/average_pool2d_grad.wgsl";
import averageWindow from "../../../wgsl/pool/average_window.wgsl";
import type { Shape } from "../../tensor.js";
import { expectFloat, expectInputs, expectRank, expectShape, floatTypes } from "../common/expect.js";
import { imageKernel, launchImages } from "../common/launchImages.js";
import { elementType } from "../common/launchUnits.js";
import { defineOp, specOf } from "../op.js";
import { pooledShape, type Pool2dAttrs } from "./pool2d.js";

const averagePoolKernel = imageKernel("average_pool2d", averageWindow + averagePoolSource, 1, [
  "in_height",
  "in_width",
  "pad_top",
  "pad_left",
]);

const averagePoolGradKernel = imageKernel(
  "average_pool2d_grad",
  averageWindow + firstWindow + averagePoolGradSource,
  1,
  ["out_height", "out_width", "pad_top", "pad_left"],
);

const constantsOf = ({ poolSize, strides }: Pool2dAttrs) => ({
  pool_height: poolSize[0],
  pool_width: poolSize[1],
  stride_height: strides[0],
  stride_width: strides[1],
});

/**
 * Mean of every window of x [n, h, w, c] over what the window covers of the image, as tf.nn.avg_pool2d: y [n, h', w', c], of
 * x's type, summed in float32.
 */
export const averagePool2d = defineOp<Pool2dAttrs>({
  name: "average_pool2d",
  infer(inputs, attrs) {
    expectInputs("average_pool2d", inputs, 1);
    expectRank("average_pool2d", "x", inputs[0], 4, floatTypes);
    return [specOf(pooledShape("average_pool2d", inputs[0].shape, attrs), inputs[0].dtype)];
  },
  lower(ctx, [x], [y], attrs) {
    const [, in_height, in_width, channels] = x.shape;
    const [pad_top, , pad_left] = attrs.pads;
    launchImages(ctx, {
      op: "average_pool2d",
      kernel: averagePoolKernel,
      type: elementType(channels),
      result: y!,
      walked: [x],
      constants: constantsOf(attrs),
      params: { in_height, in_width, pad_top, pad_left },
      flopsPerElement: attrs.poolSize[0] * attrs.poolSize[1],
    });
  },
  vjp(g, dy, { inputs: [x] }, attrs) {
    return [() => g.apply(averagePool2dGrad, [dy], { ...attrs, inputShape: x.shape })[0]];
  },
});

/** ∂loss/∂x [n, h, w, c] of an average pooling, from dy [n, h', w', c], of its type. */
export const averagePool2dGrad = defineOp<Pool2dAttrs & { readonly inputShape: Shape }>({
  name: "average_pool2d_grad",
  infer(inputs, attrs) {
    expectInputs("average_pool2d_grad", inputs, 1);
    const shape = pooledShape("average_pool2d_grad", attrs.inputShape, attrs);
    const dtype = expectFloat("average_pool2d_grad", "dy", inputs[0]);
    expectShape("average_pool2d_grad", "dy", inputs[0], shape, dtype);
    return [specOf(attrs.inputShape, dtype)];
  },
  lower(ctx, [dy], [dx], attrs) {
    const [, out_height, out_width, channels] = dy.shape;
    const [pad_top, , pad_left] = attrs.pads;
    launchImages(ctx, {
      op: "average_pool2d_grad",
      kernel: averagePoolGradKernel,
      type: elementType(channels),
      result: dx!,
      walked: [dy],
      constants: constantsOf(attrs),
      params: { out_height, out_width, pad_top, pad_left },
    });
  },
});
