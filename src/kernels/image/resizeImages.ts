import preprocess from "../../../wgsl/image/preprocess.wgsl";
import resample from "../../../wgsl/image/resample.wgsl";
import resizeSource from "../../../wgsl/image/resize_images.wgsl";
import { shapeError } from "../../errors.js";
import { formatSpec, type FloatType } from "../../tensor.js";
import { expectInputs, expectRank, expectShape } from "../common/expect.js";
import { imageKernel, launchImages } from "../common/launchImages.js";
import type { Size2d } from "../common/window2d.js";
import { defineOp, specOf } from "../op.js";
import { conversionConstants, expectChannels } from "./preprocess.js";
import type { PreprocessMode } from "./preprocessModes.js";
import { resampleConstants, type Resize2dAttrs } from "./resize2d.js";

/** The part of an image that is resized, in pixels. */
export interface SourceBox {
  readonly size: Size2d;
  /** Rows above it, columns to the left. Default 0. */
  readonly start?: Size2d;
  /** Rows around it above and below, columns left and right, that are filled. Default 0. */
  readonly padding?: Size2d;
}

export interface ResizeImagesAttrs extends Resize2dAttrs {
  readonly channels: number;
  /** What padding is filled with. Default 0. */
  readonly fillValue?: number;
  /** Of uint8 pixels, before they are resized: see `imageToFloat`. Default "none". */
  readonly mode?: PreprocessMode;
  /** For mode `rescale`. Default 1/255. */
  readonly scale?: number;
  /** Whether float pixels are cut to whole numbers from 0 to 255 first. Default false. */
  readonly truncate?: boolean;
  /** Of the result. Default "float32". */
  readonly dtype?: FloatType;
}

/** Numbers of an image in `boxes`. */
export const BOX_SIZE = 8;

const kernel = imageKernel("resize_images", preprocess + resample + resizeSource, 2);

/** Numbers that say where an image's box lies: see wgsl/image/resize_images.wgsl. @param first of the image's numbers among all */
export function boxNumbers(
  { size, start = [0, 0], padding = [0, 0] }: SourceBox,
  imageWidth: number,
  channels: number,
  first: number,
): number[] {
  const rowLength = imageWidth * channels;
  return [first + start[0] * rowLength + start[1] * channels, rowLength, ...size, ...padding, 0, 0];
}

/**
 * Images of any sizes in one, each with the size that `boxes` says: one program serves them all. As `resize2d` otherwise.
 *
 * Inputs: pixels uint8 or float32 [count], image after image; boxes uint32 [n, 8], see `boxNumbers`.
 * Output: [n, ...size, channels]. Not differentiable.
 */
export const resizeImages = defineOp<ResizeImagesAttrs>({
  name: "resize_images",
  infer(inputs, { size, channels, mode = "none", dtype = "float32" }) {
    expectInputs("resize_images", inputs, 2);
    const [pixels, boxes] = inputs;
    if (pixels.shape.length !== 1 || (pixels.dtype !== "uint8" && pixels.dtype !== "float32"))
      throw shapeError("resize_images", "pixels (count,) of uint8 or float32", formatSpec(pixels));
    expectRank("resize_images", "boxes", boxes, 2, "uint32");
    const [n] = boxes.shape;
    expectShape("resize_images", "boxes", boxes, [n, BOX_SIZE], "uint32");
    const images = specOf([n, ...size, channels], dtype);
    expectChannels("resize_images", images, mode);
    return [images];
  },
  lower(ctx, [pixels, boxes], [y], attrs) {
    const { channels, fillValue = 0, mode = "none", scale, truncate = false } = attrs;
    const bytes = pixels.dtype === "uint8";
    launchImages(ctx, {
      op: "resize_images",
      kernel,
      type: "f32",
      result: y!,
      walked: [boxes],
      whole: [pixels],
      prelude: [`alias Pixel = ${bytes ? "u32" : "f32"};`],
      constants: {
        channels,
        ...conversionConstants(bytes ? mode : "none", scale),
        ...resampleConstants(attrs),
        bytes: Number(bytes),
        fill: fillValue,
        truncate: Number(truncate),
      },
    });
  },
});
