import preprocess from "../../../wgsl/image/preprocess.wgsl";
import imageSource from "../../../wgsl/image/image_to_float.wgsl";
import { sizeOf, type FloatType } from "../../tensor.js";
import { elementKernel } from "../common/elementKernel.js";
import { expectInputs, expectRank } from "../common/expect.js";
import { elementPrelude, launchUnits } from "../common/launchUnits.js";
import { defineOp, specOf } from "../op.js";
import { conversionConstants, expectChannels } from "./preprocess.js";
import type { PreprocessMode } from "./preprocessModes.js";

const imageKernel = elementKernel("image_to_float", preprocess + imageSource, 1);

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
    expectChannels("image_to_float", image, mode);
    return [specOf(image.shape, dtype)];
  },
  lower(ctx, [image], [y], { mode, scale }) {
    const [batch, , , channels] = image.shape;
    launchUnits(ctx, {
      op: "image_to_float",
      kernel: imageKernel,
      units: batch,
      walked: [y!, image],
      prelude: elementPrelude("f32", y!.dtype),
      constants: { channels, ...conversionConstants(mode, scale) },
      invocationsPerUnit: sizeOf(y!.shape) / batch,
    });
  },
});
