/** What becomes of a decoded image before it is a model's input: its colours, the part of it, its size. */
import { flag, oneOf } from "../../options/checks.js";
import { optional } from "../../options/fields.js";
import { namesOf } from "../../names.js";
import { rgbToGrey } from "./convert.js";
import type { DecodedImage } from "./formats.js";
import { interpolations, resizeImage, type Box, type Interpolation } from "./resize.js";

/** Keras's names. */
export type ColorMode = "rgb" | "grayscale";

export interface ImagePreparation {
  /** Of the result. Default: the image's own. */
  readonly height?: number;
  /** Of the result. Default: the image's own. */
  readonly width?: number;
  /** Default "nearest", as in Keras. */
  readonly interpolation?: Interpolation;
  /** "grayscale": one channel, as Pillow's `convert("L")`. Default "rgb". */
  readonly colorMode?: ColorMode;
  /** Cut the middle to the aspect ratio of the result first, instead of stretching: Pillow's `ImageOps.fit`. Default false. */
  readonly cropToAspectRatio?: boolean;
}

/** Options of all that reads images. */
export const preparationFields = {
  interpolation: optional(oneOf(namesOf(interpolations)), "nearest"),
  colorMode: optional(oneOf<ColorMode>(["rgb", "grayscale"]), "rgb"),
  cropToAspectRatio: optional(flag, false),
};

export function channelsOf(colorMode: ColorMode | undefined): 1 | 3 {
  return colorMode === "grayscale" ? 1 : 3;
}

/** An image as a model takes it: height × width × channels bytes, in a new array. */
export function prepareImage(
  image: DecodedImage,
  {
    height = image.height,
    width = image.width,
    interpolation = "nearest",
    colorMode,
    cropToAspectRatio,
  }: ImagePreparation,
): Uint8Array {
  const box = cropToAspectRatio ? middleOf(image, height, width) : undefined;
  if (channelsOf(colorMode) === 3) return resizeImage(image, height, width, interpolation, box);
  // As in Keras the colours go before the size changes: rounding makes it a difference.
  const grey = resizeImage({ ...image, data: rgbToGrey(image.data) }, height, width, interpolation, box);
  return Uint8Array.from({ length: height * width }, (_, i) => grey[3 * i]);
}

/** The largest box in the middle of an image with the aspect ratio of a size: what `cropToAspectRatio` keeps. */
export function middleOf(image: Pick<DecodedImage, "width" | "height">, height: number, width: number): Box {
  const ratio = width / height;
  const isWide = image.width / image.height >= ratio;
  const boxWidth = isWide ? ratio * image.height : image.width;
  const boxHeight = isWide ? image.height : image.width / ratio;
  return {
    left: (image.width - boxWidth) / 2,
    top: (image.height - boxHeight) / 2,
    width: boxWidth,
    height: boxHeight,
  };
}
