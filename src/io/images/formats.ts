import { WgraftError } from "../../errors.js";

/** The file formats that images are read from. */
export type ImageFormat = "jpeg" | "png" | "bmp" | "ppm" | "tiff" | "gif" | "webp";

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
  const [p, digit, space] = bytes;
  // P4, P5 and P6 are the binary forms: bits, grey, colour.
  const isPpm = p === 0x50 && digit >= 0x34 && digit <= 0x36 && (space <= 0x20 || space === 0x23);
  return isPpm ? "ppm" : undefined;
}

/** Number of colour components that a JPEG's frame header declares: 1 grey, 3 colour, 4 CMYK; 0 when there is no header. */
export function jpegComponents(bytes: Uint8Array): number {
  let at = 2;
  while (at + 9 < bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at += 1; // a fill byte before the marker
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return bytes[at + 9];
    at += 2 + (bytes[at + 2] << 8) + bytes[at + 3];
  }
  return 0;
}

/** Whether a PNG holds 16-bit grey without alpha, the one kind that Pillow opens as 16-bit integers. */
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
      `${name}: ${width} × ${height} pixels is more than the ${MAX_PIXELS / 1e6} megapixels that are read; shrink the picture`,
    );
  }
}
