import mapCoordinate from "../../../wgsl/image/map_coordinate.wgsl";
import warpSource from "../../../wgsl/image/warp_images.wgsl";
import { sizeOf } from "../../tensor.js";
import { elementKernel } from "../common/elementKernel.js";
import { expectInputs, expectRank, expectShape, floatTypes } from "../common/expect.js";
import { elementPrelude, launchUnits } from "../common/launchUnits.js";
import { defineOp } from "../op.js";
import { fillModes, type FillMode } from "./fillModes.js";
import { TRANSFORM_SIZE } from "./warpAffine.js";

const warpKernel = elementKernel("warp_images", mapCoordinate + warpSource, 2);

export type WarpInterpolation = "nearest" | "bilinear";

export interface WarpImagesAttrs {
  readonly fillMode: FillMode;
  /** For `constant`. */
  readonly cval: number;
  readonly interpolation: WarpInterpolation;
}

/**
 * Images moved and turned, each in its own way. Inputs: images [n, h, w, c] of floats; transforms float32 [n, 8], as
 * `warpAffine` has them, without its shifts of colours. Output: like the images. Not differentiable.
 */
export const warpImages = defineOp<WarpImagesAttrs>({
  name: "warp_images",
  infer(inputs) {
    expectInputs("warp_images", inputs, 2);
    const [images, transforms] = inputs;
    expectRank("warp_images", "images", images, 4, floatTypes);
    expectShape("warp_images", "transforms", transforms, [images.shape[0], TRANSFORM_SIZE]);
    return [images];
  },
  lower(ctx, [images, transforms], [y], { fillMode, cval, interpolation }) {
    const [batch, height, width, channels] = images.shape;
    launchUnits(ctx, {
      op: "warp_images",
      kernel: warpKernel,
      units: batch,
      walked: [y!, images, transforms],
      prelude: elementPrelude("f32", images.dtype),
      constants: {
        height,
        width,
        channels,
        cval,
        fill_mode: fillModes.indexOf(fillMode),
        nearest: Number(interpolation === "nearest"),
      },
      invocationsPerUnit: sizeOf(images.shape) / batch,
    });
  },
});
