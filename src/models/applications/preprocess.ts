import { shapeError } from "../../errors.js";
import { conversionOf, preprocessModes } from "../../kernels/image/preprocessModes.js";
import { nameIn } from "../../names.js";
import { formatShape, Tensor } from "../../tensor.js";
import type { Preprocess } from "../training/batches.js";

/**
 * Pixels 0…255 to what a network expects, on the host; `predict` and `fit` do the same on the GPU where they get uint8
 * images and `preprocess`.
 * @param images RGB (…, 3)
 * @param mode an entry of `preprocessModes`; each of `applications` names its own
 * @returns float32 of the same shape
 * @throws WgraftError `usage` for an unknown mode, `shape` where a mode for RGB gets other than three channels
 * @example
 * const x = preprocessInput(images, "tf"); // from −1 to 1
 */
export function preprocessInput(images: Tensor, mode: Preprocess): Tensor<"float32"> {
  const known = nameIn(preprocessModes, "preprocessInput: mode", mode, "usage");
  const { reverse, scale, offset, needsRgb } = conversionOf(known);
  if (needsRgb && images.shape.at(-1) !== 3) {
    throw shapeError("preprocessInput", `images (…, 3) for mode ${mode}`, formatShape(images.shape));
  }
  const pixels = images.dataSync();
  const values = Float32Array.from(pixels, (pixel, i) => {
    // Where there are not three channels, all are treated alike.
    const channel = i % 3;
    return (reverse ? pixels[i - 2 * channel + 2] : pixel) * scale[channel] - offset[channel];
  });
  return new Tensor(values, images.shape, "float32");
}
