/** What the ops that preprocess images share: their constants for wgsl/image/preprocess.wgsl, and the check of channels. */
import { shapeError } from "../../errors.js";
import { formatSpec, type TensorSpec } from "../../tensor.js";
import { conversionOf, type PreprocessMode } from "./preprocessModes.js";

/** All `override` constants but `channels`. @param factor that of mode `rescale`. Default 1/255 */
export function conversionConstants(mode: PreprocessMode, factor?: number) {
  const { reverse, scale, offset } = conversionOf(mode, factor);
  const [scale0, scale1, scale2] = scale;
  const [offset0, offset1, offset2] = offset;
  return { reverse: Number(reverse), scale0, scale1, scale2, offset0, offset1, offset2 };
}

/** @throws WgraftError `shape` for images (…, channels) that a mode for RGB images is asked of */
export function expectChannels(op: string, images: TensorSpec, mode: PreprocessMode): void {
  if (conversionOf(mode).needsRgb && images.shape.at(-1) !== 3) {
    throw shapeError(op, `an image of 3 channels for mode ${mode}`, formatSpec(images));
  }
}
