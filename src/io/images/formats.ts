import { WgraftError } from "../../errors.js";
import { undecodableFormats, type UndecodableFormat } from "./fileNames.js";

/** The file formats that images are read from. */
export type ImageFormat = "jpeg" | "png" | "bmp" | "ppm" | "tiff" | "gif" | "webp" | "avif";

/** Pixels in C order: `data[(row * width + column) * 3 + channel]`, channels red, green, blue, 0 to 255. */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 3;
  readonly data: Uint8Array;
}

/** Images with more pixels than this are refused before memory is set aside for them. */
export const MAX_PIXELS = 100_000_000;

const signatures: readonly [ImageFormat, readonly (number | null)[]][] = [
  ["jpeg", [0xff, 0xd8, 0xff]],
  ["png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["bmp", [0x42, 0x4d]],
  ["tiff", [0x49, 0x49, 0x2a, 0x00]],
  ["tiff", [0x4d, 0x4d, 0x00, 0x2a]],
  ["gif", [0x47, 0x49, 0x46, 0x38]],
  ["webp", [0x52, 0x49, 0x46, 0x46, null, null, null, null, 0x57, 0x45, 0x42, 0x50]],
];

/** The format that the first bytes declare, whatever the file's name says; undefined when it is none of ours. */
export function sniffFormat(bytes: Uint8Array): ImageFormat | undefined {
  const known = signatures.find(([, magic]) => magic.every((byte, i) => byte === null || bytes[i] === byte));
  if (known) return known[0];
  if (brandsOf(bytes).some((brand) => avifBrands.has(brand))) return "avif";
  const [p, digit, space] = bytes;
  // P4, P5 and P6 are the binary forms: bits, grey, colour.
  const isPpm = p === 0x50 && digit >= 0x34 && digit <= 0x36 && (space <= 0x20 || space === 0x23);
  return isPpm ? "ppm" : undefined;
}

/** Brands of ISO media files: of AVIF, which is read, and of HEIC, which is not. */
const avifBrands: ReadonlySet<string> = new Set(["avif", "avis"]);
const heicBrands: ReadonlySet<string> = new Set(["heic", "heix", "hevc", "hevx", "heim", "heis"]);

/** The brands that an ISO media file declares; empty for other files. */
function brandsOf(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64)).toString("latin1");
  if (text.slice(4, 8) !== "ftyp") return [];
  const end = Math.min(text.length, new DataView(bytes.buffer, bytes.byteOffset).getUint32(0));
  const brands = [text.slice(8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(text.slice(at, at + 4));
  return brands;
}

/** What is to be said of a file that is no image of a format that is read. */
export function describeFormat(bytes: Uint8Array): string {
  const known = undecodableFormatOf(bytes);
  if (known !== undefined) return `${known} is not decoded here; ${undecodableFormats[known].advice}`;
  return "not an image that is read (JPEG, PNG, BMP, PPM, TIFF, GIF, WebP or AVIF)";
}

function undecodableFormatOf(bytes: Uint8Array): UndecodableFormat | undefined {
  if (brandsOf(bytes).some((brand) => heicBrands.has(brand))) return "HEIC";
  const begins = (...magic: number[]) => magic.every((byte, i) => bytes[i] === byte);
  if (begins(0xff, 0x0a) || begins(0, 0, 0, 0x0c, 0x4a, 0x58, 0x4c, 0x20)) return "JPEG XL";
  if (begins(0, 0, 0, 0x0c, 0x6a, 0x50, 0x20, 0x20) || begins(0xff, 0x4f, 0xff, 0x51)) return "JPEG 2000";
  return begins(0x38, 0x42, 0x50, 0x53) ? "Photoshop" : undefined;
}

/** What a JPEG's frame header declares. */
interface JpegFrame {
  /** 1 grey, 3 colour, 4 CMYK. */
  readonly components: number;
  readonly pixels: number;
  /** Its scans refine the whole image, so that the decoder keeps all coefficients. */
  readonly progressive: boolean;
  /** Where the header ends. */
  readonly end: number;
}

function jpegFrame(bytes: Uint8Array): JpegFrame | undefined {
  let at = 2;
  while (at + 9 < bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at += 1; // a fill byte before the marker
      continue;
    }
    const word = (offset: number) => (bytes[at + offset] << 8) + bytes[at + offset + 1];
    const end = at + 2 + word(2);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    const progressive = (marker & 0x03) === 0x02;
    if (isFrame) return { components: bytes[at + 9], pixels: word(5) * word(7), progressive, end };
    at = end;
  }
  return undefined;
}

/** Number of colour components that a JPEG's frame header declares: 1 grey, 3 colour, 4 CMYK; 0 when there is no header. */
export function jpegComponents(bytes: Uint8Array): number {
  return jpegFrame(bytes)?.components ?? 0;
}

/**
 * Throws for a JPEG whose scans go over its pixels too often. A progressive one has about ten scans; a scan that changes
 * nothing has 20 bytes and takes as long, and libjpeg cannot be stopped.
 */
export function checkJpegScans(name: string, bytes: Uint8Array): void {
  const frame = jpegFrame(bytes);
  if (!frame) return;
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let scans = 0;
  for (let at = file.indexOf(0xff, frame.end); at >= 0; at = file.indexOf(0xff, at + 1)) {
    if (file[at + 1] === START_OF_SCAN) scans++;
  }
  if (scans * frame.pixels > MAX_SCANNED_PIXELS)
    throw new WgraftError("bad-input", `${name}: a JPEG of ${scans} scans is not read; save it again`);
}

const START_OF_SCAN = 0xda;
/** 20 scans of the largest image: two seconds. */
const MAX_SCANNED_PIXELS = 20 * MAX_PIXELS;

/**
 * Bytes that a decoder keeps of a whole image, of files that cannot be decoded row by row: an interlaced PNG's samples, a
 * progressive JPEG's coefficients. 0 for all others.
 */
function keptBytes(bytes: Uint8Array, format: ImageFormat): number {
  if (format === "jpeg") {
    const frame = jpegFrame(bytes);
    return frame?.progressive ? 2 * frame.components * frame.pixels : 0;
  }
  if (format !== "png" || bytes.length < 29 || bytes[28] === 0) return 0;
  const header = new DataView(bytes.buffer, bytes.byteOffset);
  const [depth, colourType] = [bytes[24], bytes[25]];
  const samples = { 2: 3, 4: 2, 6: 4 }[colourType] ?? 1;
  return header.getUint32(16) * header.getUint32(20) * samples * (depth === 16 ? 2 : 1);
}

/** Throws for a file that makes the decoder keep more than its share of memory. */
export function checkKeptBytes(name: string, bytes: Uint8Array, format: ImageFormat): void {
  if (keptBytes(bytes, format) <= MAX_KEPT_BYTES) return;
  const kind = format === "png" ? "an interlaced PNG" : "a progressive JPEG";
  throw new WgraftError(
    "bad-input",
    `${name}: ${kind} of this size is not read; save it without that option, or smaller`,
  );
}

/** Throws for an AVIF that takes more than its share of memory: its decoder keeps the whole image in several forms. */
export function checkAvifSize(name: string, width: number, height: number): void {
  if (width * height <= MAX_AVIF_PIXELS) return;
  const most = `${MAX_AVIF_PIXELS / 1e6} megapixels`;
  throw new WgraftError("bad-input", `${name}: an AVIF of more than ${most} is not read; shrink the image`);
}

/** At 20 to 30 bytes each. */
const MAX_AVIF_PIXELS = 25_000_000;

/** Of 8-bit RGB, 100 megapixels interlaced; of a progressive JPEG in full colour, 66. */
const MAX_KEPT_BYTES = 400_000_000;

/** Whether a PNG contains 16-bit grey without alpha, the one kind that Pillow opens as 16-bit integers. */
export function isGrey16Png(bytes: Uint8Array): boolean {
  const depth = bytes[24];
  const colourType = bytes[25];
  return depth === 16 && colourType === 0;
}

/** Throws unless an image of this size is one that fits in memory. */
export function checkImageSize(name: string, width: number, height: number): void {
  if (!(width > 0 && height > 0)) {
    throw new WgraftError(
      "bad-input",
      `${name}: its header says ${width} × ${height} pixels; the file is damaged`,
    );
  }
  if (width * height > MAX_PIXELS) {
    throw new WgraftError(
      "bad-input",
      `${name}: ${width} × ${height} pixels is more than the ${MAX_PIXELS / 1e6} megapixels that are read; shrink the image`,
    );
  }
}
