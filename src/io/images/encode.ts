/** Image files made of pixels. */
import type { DecodedImage } from "./formats.js";
import { loadSharp } from "./sharp.js";

/**
 * The bytes of a PNG file.
 * @example
 * const image = await decodeImage("cat.jpg");
 * const bytes = await encodePng(image);
 */
export async function encodePng({ data, width, height, channels }: DecodedImage): Promise<Uint8Array> {
  const sharp = await loadSharp();
  return sharp(data, { raw: { width, height, channels } }).png().toBuffer();
}
