/** Image files made of pixels. */
import type { DecodedImage } from "./formats.js";
import { loadSharp } from "./sharp.js";

async function opened({ data, width, height, channels }: DecodedImage) {
  const sharp = await loadSharp();
  return sharp(data, { raw: { width, height, channels } });
}

/**
 * The bytes of a PNG file.
 * @example
 * const image = await decodeImage("cat.jpg");
 * const bytes = await encodePng(image);
 */
export async function encodePng(image: DecodedImage): Promise<Uint8Array> {
  return (await opened(image)).png().toBuffer();
}

/**
 * The bytes of a JPEG file that is small enough to be one of many in a page.
 * @param side the longer side is at most this many pixels; smaller images stay as they are
 */
export async function encodeThumbnail(image: DecodedImage, side: number): Promise<Uint8Array> {
  const sized = (await opened(image)).resize(side, side, { fit: "inside", withoutEnlargement: true });
  return sized.jpeg({ quality: 80 }).toBuffer();
}
