import preprocess from "../../../wgsl/image/preprocess.wgsl";
import imageSource from "../../../wgsl/image/image_to_float.wgsl";
import { shapeError } from "../../errors.js";
import { formatSpec, sizeOf, type FloatType } from "../../tensor.js";
import { elementKernel } from "../common/elementKernel.js";
import { expectInputs, expectRank } from "../common/expect.js";
import { elementPrelude, launchUnits } from "../common/launchUnits.js";
import { defineOp, specOf } from "../op.js";

/**
 * Preprocessing of pixels 0…255, as in keras.applications: `caffe` reverses RGB to BGR and subtracts ImageNet's mean
 * colour (VGG, ResNet); `tf` gives x / 127.5 - 1 (Inception, Xception, MobileNet); `rescale` multiplies; `none` leaves 0…255.
 */
export type PreprocessMode = "rescale" | "caffe" | "tf" | "none";

/** ImageNet's mean blue, green and red. */
export const MEAN_BGR = [103.939, 116.779, 123.68] as const;

const imageKernel = elementKernel("image_to_float", preprocess + imageSource, 1);

/** The `override` constants of `wgsl/image/preprocess.wgsl`, but for `channels`. */
export function modeConstants(mode: PreprocessMode, scale: number) {
  const plain = { reverse: 0, factor: 1, divisor: 1, offset0: 0, offset1: 0, offset2: 0 };
  switch (mode) {
    case "rescale":
      return { ...plain, factor: scale };
    case "caffe":
      return { ...plain, reverse: 1, offset0: MEAN_BGR[0], offset1: MEAN_BGR[1], offset2: MEAN_BGR[2] };
    case "tf":
      return { ...plain, divisor: 127.5, offset0: 1, offset1: 1, offset2: 1 };
    case "none":
      return plain;
  }
}

export interface ImageToFloatAttrs {
  readonly mode: PreprocessMode;
  /** For `rescale`. Default 1/255. */
  readonly scale?: number;
  /** Of the result. Default "float32". */
  readonly dtype?: FloatType;
}

/** Pixels to network input: image uint8 [n, h, w, c] to floats of the same shape. */
export const imageToFloat = defineOp<ImageToFloatAttrs>({
  name: "image_to_float",
  infer(inputs, { mode, dtype = "float32" }) {
    expectInputs("image_to_float", inputs, 1);
    const [image] = inputs;
    expectRank("image_to_float", "image", image, 4, "uint8");
    if (mode === "caffe" && image.shape[3] !== 3) {
      throw shapeError("image_to_float", "an image of 3 channels for mode caffe", formatSpec(image));
    }
    return [specOf(image.shape, dtype)];
  },
  lower(ctx, [image], [y], { mode, scale = 1 / 255 }) {
    const [batch, , , channels] = image.shape;
    launchUnits(ctx, {
      op: "image_to_float",
      kernel: imageKernel,
      units: batch,
      walked: [y!, image],
      prelude: elementPrelude("f32", y!.dtype),
      constants: { channels, ...modeConstants(mode, scale) },
      invocationsPerUnit: sizeOf(y!.shape) / batch,
    });
  },
});
