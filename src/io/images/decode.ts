import { messageOf, WgraftError } from "../../errors.js";
import { flag, text } from "../../options/checks.js";
import { checkOptions } from "../../options/checkOptions.js";
import { optional, optionsOf } from "../../options/fields.js";
import { decodeBmp } from "./bmp.js";
import { cmykToRgb, grey16ToRgb } from "./convert.js";
import {
  checkAvifSize,
  checkImageSize,
  checkJpegScans,
  checkKeptBytes,
  describeFormat,
  isGrey16Png,
  jpegComponents,
  MAX_PIXELS,
  sniffFormat,
  type DecodedImage,
  type ImageFormat,
} from "./formats.js";
import { oriented } from "./orientation.js";
import { decodePpm } from "./ppm.js";
import { readImage } from "./readImage.js";
import { loadSharp } from "./sharp.js";

export type { DecodedImage } from "./formats.js";

export interface DecodeOptions {
  /** What error messages call an image given as bytes; default "image". */
  name?: string;
  /** Turn the image upright as EXIF's orientation says. Default false, as in Keras. */
  exif?: boolean;
}

const table = optionsOf<DecodeOptions>("decodeImage").fields({
  name: optional(text, "image"),
  exif: optional(flag, false),
});

/** Versions of what decodes: other ones may give other pixels. */
export async function decoderVersion(): Promise<string> {
  const { versions } = await loadSharp();
  return JSON.stringify(versions);
}

async function openWithSharp(bytes: Uint8Array) {
  const sharp = await loadSharp();
  return sharp(bytes, {
    // Pillow rejects truncated and broken data but lets libjpeg's warnings (a few stray bytes) pass: so does "error".
    failOn: "error",
    // Pillow applies neither the profile nor the gamma of a file.
    ignoreIcc: true,
    limitInputPixels: MAX_PIXELS,
  });
}

type Raw = Pick<DecodedImage, "width" | "height" | "data">;

async function decodeCmyk(bytes: Uint8Array): Promise<Raw> {
  const opened = await openWithSharp(bytes);
  const image = opened.pipelineColourspace("cmyk").toColourspace("cmyk").raw();
  const { data, info } = await image.toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: cmykToRgb(data) };
}

async function decodeGrey16(bytes: Uint8Array): Promise<Raw> {
  const opened = await openWithSharp(bytes);
  const image = opened.pipelineColourspace("grey16").toColourspace("grey16");
  const { data, info } = await image.raw({ depth: "ushort" }).toBuffer({ resolveWithObject: true });
  // Copied because sharp's buffer need not begin at an even address.
  const samples = new Uint16Array(new Uint8Array(data).buffer);
  return { width: info.width, height: info.height, data: grey16ToRgb(samples) };
}

async function decodeRgb(bytes: Uint8Array): Promise<Raw> {
  const opened = await openWithSharp(bytes);
  const image = opened.removeAlpha().toColourspace("srgb").raw();
  const { data, info } = await image.toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

async function decodeTiff(bytes: Uint8Array, name: string): Promise<Raw> {
  const { space, depth, channels } = await (await openWithSharp(bytes)).metadata();
  checkTiff(name, depth);
  if (space === "cmyk") return decodeCmyk(bytes);
  return space === "grey16" && channels === 1 ? decodeGrey16(bytes) : decodeRgb(bytes);
}

async function decodeAvif(bytes: Uint8Array, name: string): Promise<Raw> {
  const { width, height } = await (await openWithSharp(bytes)).metadata();
  checkAvifSize(name, width, height);
  return decodeRgb(bytes);
}

function checkTiff(name: string, depth: string | undefined): void {
  if (depth === "uchar" || depth === "ushort") return;
  throw new WgraftError("bad-input", `${name}: a TIFF of ${depth} samples is not read; save it with 8 bits`);
}

/**
 * Decodes an image to RGB, bit for bit what Pillow's `Image.open(source).convert("RGB")` gives, which is what Keras
 * trains on: no EXIF rotation (but see `exif`), no colour profile, alpha dropped and not blended, grey replicated, CMYK by the plain
 * formula, 16-bit colour by its high byte, the first image of an animation. The format is detected from the content,
 * not by the name.
 *
 * @param source a path, or the bytes of a file
 * @throws WgraftError "bad-input" that names the file and says why: missing, a folder, not an image, truncated, broken,
 *   over 100 megapixels
 * @example
 * const { width, height, data } = await decodeImage("cat.jpg");
 */
export async function decodeImage(
  source: string | Uint8Array,
  options?: DecodeOptions,
): Promise<DecodedImage> {
  const { name: given, exif } = checkOptions(table, options);
  const name = typeof source === "string" ? source : given;
  const bytes = typeof source === "string" ? await readImage({ path: source }) : source;
  const format = formatOf(bytes, name);
  if (format === "bmp") return decodeBmp(bytes, name);
  if (format === "ppm") return decodePpm(bytes, name);
  checkKeptBytes(name, bytes, format);
  let decode = decodeRgb;
  if (format === "tiff") decode = (tiff) => decodeTiff(tiff, name);
  if (format === "avif") decode = (avif) => decodeAvif(avif, name);
  if (format === "jpeg") {
    checkJpegScans(name, bytes);
    if (jpegComponents(bytes) === 4) decode = decodeCmyk;
  }
  if (format === "png" && isGrey16Png(bytes)) decode = decodeGrey16;
  return decoding(name, format, async () => {
    const image: DecodedImage = { ...(await decode(bytes)), channels: 3 };
    return exif ? oriented(image, (await readHeader(bytes, format)).orientation) : image;
  });
}

/** What is known of an image before it is decoded. */
export interface ImageHeader {
  /** As stored, before an orientation is applied. */
  readonly width: number;
  readonly height: number;
  /** EXIF's; 1 where there is none. */
  readonly orientation: number;
}

/**
 * Looks at an image without decoding its pixels: a file of another kind, without a sound header or too large is found out.
 * @param name what error messages call it
 * @throws WgraftError "bad-input" as `decodeImage`
 */
export async function checkImage(bytes: Uint8Array, name: string): Promise<ImageHeader> {
  const format = formatOf(bytes, name);
  if (format === "bmp" || format === "ppm") {
    // Nearly all of the work is to read the file, which has been done.
    const { width, height } = (format === "bmp" ? decodeBmp : decodePpm)(bytes, name);
    return { width, height, orientation: 1 };
  }
  if (format === "jpeg") checkJpegScans(name, bytes);
  checkKeptBytes(name, bytes, format);
  return decoding(name, format, async () => {
    const { width, height, depth, orientation } = await readHeader(bytes, format);
    checkImageSize(name, width, height);
    if (format === "tiff") checkTiff(name, depth);
    if (format === "avif") checkAvifSize(name, width, height);
    return { width, height, orientation };
  });
}

async function readHeader(bytes: Uint8Array, format: ImageFormat) {
  const {
    width,
    height,
    depth,
    space,
    pages = 1,
    orientation = 1,
  } = await (await openWithSharp(bytes)).metadata();
  // AVIF has its own rotation, which decoding applies; what EXIF says besides does not count.
  return { width, height, depth, space, pages, orientation: format === "avif" ? 1 : orientation };
}

/** How an image is stored, which decoding hides. */
export interface ImageStorage {
  readonly format: ImageFormat;
  /** EXIF's; 1 where there is none. */
  readonly orientation: number;
  /** Of an animation, or pages of a TIFF: the first is what is decoded. */
  readonly frames: number;
  readonly isCmyk: boolean;
}

/** @param name what error messages call it. @throws WgraftError "bad-input" as `decodeImage` */
export async function imageStorage(bytes: Uint8Array, name: string): Promise<ImageStorage> {
  const format = formatOf(bytes, name);
  if (format === "bmp" || format === "ppm") return { format, orientation: 1, frames: 1, isCmyk: false };
  const { orientation, pages, space } = await decoding(name, format, () => readHeader(bytes, format));
  return { format, orientation, frames: pages, isCmyk: space === "cmyk" };
}

/** Throws `bad-input` unless the bytes are those of an image that is read. */
function formatOf(bytes: Uint8Array, name: string): ImageFormat {
  if (bytes.length === 0) throw new WgraftError("bad-input", `${name}: the file is empty`);
  const format = sniffFormat(bytes);
  if (format) return format;
  throw new WgraftError("bad-input", `${name}: ${describeFormat(bytes)}`);
}

async function decoding<T>(name: string, format: ImageFormat, decode: () => Promise<T>): Promise<T> {
  try {
    return await decode();
  } catch (error) {
    if (error instanceof WgraftError) throw error;
    const [reason] = messageOf(error).split("\n");
    throw new WgraftError("bad-input", `${name}: this ${format.toUpperCase()} does not decode: ${reason}`, {
      cause: error,
    });
  }
}
