import { shapeError } from "../../../errors.js";
import type { Brightness } from "../../../kernels/image/warpAffine.js";
import { checkOptions } from "../../../options/checkOptions.js";
import { formatSpec, Tensor } from "../../../tensor.js";
import { shiftBrightness, shiftChannels } from "./colorShifts.js";
import { transformMatrix, transformTable, type Convention, type TransformParameters } from "./transform.js";
import { warp, type Fill } from "./warp.js";

export interface ApplyTransformOptions extends Fill {
  /** Default "keras3". */
  readonly convention?: Convention;
}

/** What each convention's brightness shift does to the range of an image. */
export function brightnessOf(convention: Convention): Brightness {
  return convention === "keras3" ? "keep" : "stretch";
}

/**
 * Transforms one image as Keras's `apply_transform`: affine map, channel shift, flips, brightness. In float64 on the
 * host; the result is rounded to float32, as in Keras.
 * @param image [height, width, channels], uint8 or float32
 * @returns float32 of the same shape
 * @throws WgraftError `shape` for anything but one image; `usage` where a parameter is not a number
 */
export function applyTransform(
  image: Tensor,
  parameters: TransformParameters,
  options: ApplyTransformOptions = {},
): Tensor<"float32"> {
  const { convention = "keras3" } = options;
  const checked = checkOptions(transformTable, parameters);
  const [height, width, channels] = image.shape;
  if (image.shape.length !== 3) {
    throw shapeError("applyTransform", "one image (height, width, channels)", formatSpec(image));
  }
  const matrix = transformMatrix(checked, height, width, convention);
  let values = warp(image.dataSync(), image.shape, matrix, options);
  const { channelShiftIntensity, brightness } = checked;
  if (channelShiftIntensity !== undefined) values = shiftChannels(values, channelShiftIntensity);
  if (brightness !== undefined) {
    values = shiftBrightness(values, channels, brightness, brightnessOf(convention));
  }
  return new Tensor(values, image.shape, "float32");
}
