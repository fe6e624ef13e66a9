/** Small copies of images, for pages. */
import { WgraftError } from "../../errors.js";
import type { Place } from "../place.js";
import { decodeImage, type DecodedImage } from "./decode.js";
import { readImage } from "./readImage.js";
import { loadSharp } from "./sharp.js";

/** Pixels of the longer side. */
const side = 160;

/**
 * A JPEG of at most 160 pixels each way, as the model saw the image: turned only with `exif`.
 * @returns undefined where the image cannot be read
 */
export async function thumbnail(
  place: Place,
  { exif = false }: { readonly exif?: boolean } = {},
): Promise<Uint8Array | undefined> {
  try {
    return await thumbnailOf(await decodeImage(await readImage(place), { exif, name: place.path }));
  } catch (error) {
    if (error instanceof WgraftError && error.code === "bad-input") return undefined;
    throw error;
  }
}

/** The same of decoded pixels. */
export async function thumbnailOf({ width, height, channels, data }: DecodedImage): Promise<Uint8Array> {
  const sharp = await loadSharp();
  return sharp(data, { raw: { width, height, channels } })
    .resize(side, side, { fit: "inside", withoutEnlargement: true })
    .jpeg({ quality: 80 })
    .toBuffer();
}
