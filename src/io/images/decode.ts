import { readFile, stat } from "node:fs/promises";
import type Sharp from "sharp";
import { messageOf, WgraftError } from "../../errors.js";
import { decodeBmp } from "./bmp.js";
import { cmykToRgb, grey16ToRgb } from "./convert.js";
import { isGrey16Png, jpegComponents, MAX_PIXELS, sniffFormat, type DecodedImage } from "./formats.js";
import { decodePpm } from "./ppm.js";

export type { DecodedImage } from "./formats.js";

/** A file larger than this is not read at all; no image within MAX_PIXELS needs as much. */
const MAX_FILE_BYTES = 1 << 30;

export interface DecodeOptions {
  /** What error messages call an image given as bytes; default "picture". */
  name?: string;
}

const fileProblems: Record<string, string> = {
  ENOENT: "there is no such file",
  EACCES: "no permission to read it",
  EISDIR: "this is a folder, not a picture",
  ENOTDIR: "there is no such file",
};

async function readImage(path: string): Promise<Uint8Array> {
  try {
    // Looked at first because reading a pipe or a device would wait for ever.
    const info = await stat(path);
    if (info.isDirectory()) throw new WgraftError("bad-input", `${path}: ${fileProblems.EISDIR}`);
    if (!info.isFile()) throw new WgraftError("bad-input", `${path}: not a regular file`);
    if (info.size > MAX_FILE_BYTES) {
      throw new WgraftError(
        "bad-input",
        `${path}: ${info.size} bytes is more than a picture may have (1 GiB)`,
      );
    }
    return await readFile(path);
  } catch (error) {
    if (error instanceof WgraftError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? "";
    throw new WgraftError("bad-input", `${path}: ${fileProblems[code] ?? messageOf(error)}`, {
      cause: error,
    });
  }
}

let loading: Promise<typeof Sharp> | undefined;

/** Loaded with the first image: it takes a tenth of a second, in which the GPU may have begun already. */
function loadSharp(): Promise<typeof Sharp> {
  loading ??= import("sharp").then(({ default: sharp }) => {
    // Each image is small and many are decoded at once on libuv's threads: libvips' own threads and caches only get in
    // the way (measured on 2 cores: 362 images a second with the cache, 491 to 560 without).
    sharp.concurrency(1);
    sharp.cache(false);
    return sharp;
  });
  return loading;
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
  const samples = new Uint16Array(Uint8Array.from(data).buffer);
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
  if (depth !== "uchar" && depth !== "ushort") {
    throw new WgraftError(
      "bad-input",
      `${name}: a TIFF of ${depth} samples is not read; save it with 8 bits`,
    );
  }
  if (space === "cmyk") return decodeCmyk(bytes);
  return space === "grey16" && channels === 1 ? decodeGrey16(bytes) : decodeRgb(bytes);
}

/**
 * Decodes an image to RGB, bit for bit what Pillow's `Image.open(source).convert("RGB")` gives, which is what Keras
 * trains on: no EXIF rotation, no colour profile, alpha dropped and not blended, grey replicated, CMYK by the plain
 * formula, 16-bit colour by its high byte, the first image of an animation. The format is told by the content, not
 * by the name.
 *
 * @param source a path, or the bytes of a file
 * @throws WgraftError "bad-input" that names the file and says why: missing, a folder, not an image, truncated, broken,
 *   over 100 megapixels
 */
export async function decodeImage(
  source: string | Uint8Array,
  options: DecodeOptions = {},
): Promise<DecodedImage> {
  const name = typeof source === "string" ? source : (options.name ?? "picture");
  const bytes = typeof source === "string" ? await readImage(source) : source;
  if (bytes.length === 0) throw new WgraftError("bad-input", `${name}: the file is empty`);
  const format = sniffFormat(bytes);
  if (format === "bmp") return decodeBmp(bytes, name);
  if (format === "ppm") return decodePpm(bytes, name);
  if (format === undefined) {
    throw new WgraftError(
      "bad-input",
      `${name}: not a picture that is read (JPEG, PNG, BMP, PPM, TIFF, GIF or WebP)`,
    );
  }

  let decode = decodeRgb;
  if (format === "tiff") decode = (tiff) => decodeTiff(tiff, name);
  if (format === "jpeg" && jpegComponents(bytes) === 4) decode = decodeCmyk;
  if (format === "png" && isGrey16Png(bytes)) decode = decodeGrey16;
  try {
    return { ...(await decode(bytes)), channels: 3 };
  } catch (error) {
    if (error instanceof WgraftError) throw error;
    const [reason] = messageOf(error).split("\n");
    throw new WgraftError("bad-input", `${name}: this ${format.toUpperCase()} does not decode: ${reason}`, {
      cause: error,
    });
  }
}
