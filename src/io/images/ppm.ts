import { WgraftError } from "../../errors.js";
import { greyToRgb } from "./convert.js";
import { checkImageSize, type DecodedImage } from "./formats.js";

const isSpace = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

/** Reads `count` decimal numbers after the two-byte signature; returns them and where the pixels begin. */
function readNumbers(bytes: Uint8Array, count: number, name: string): { numbers: number[]; pixels: number } {
  const numbers: number[] = [];
  let at = 2;
  while (numbers.length < count) {
    while (isSpace(bytes[at])) at++;
    if (bytes[at] === 0x23) {
      while (at < bytes.length && bytes[at] !== 0x0a && bytes[at] !== 0x0d) at++;
      continue;
    }
    let digits = "";
    while (bytes[at] >= 0x30 && bytes[at] <= 0x39 && digits.length < 10)
      digits += String.fromCharCode(bytes[at++]);
    if (digits === "" || !(isSpace(bytes[at]) || bytes[at] === 0x23)) {
      throw new WgraftError("bad-input", `${name}: the header of this PPM is damaged`);
    }
    numbers.push(Number(digits));
  }
  return { numbers, pixels: at + 1 };
}

/** Python's round(): halves go to the even neighbour, as in Pillow's scaling of samples. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Samples of one or two bytes, brought to 0…255; 16-bit grey is clipped there instead, which is Pillow's way with it. */
function readSamples(
  bytes: Uint8Array,
  from: number,
  count: number,
  maxval: number,
  isGrey: boolean,
): Uint8Array {
  if (maxval === 255) return bytes.slice(from, from + count);
  const samples = new Uint8Array(count);
  const wide = maxval > 255;
  for (let i = 0; i < count; i++) {
    const value = wide ? (bytes[from + 2 * i] << 8) + bytes[from + 2 * i + 1] : bytes[from + i];
    const scaled = roundHalfEven((value / maxval) * (wide && isGrey ? 65535 : 255));
    samples[i] = Math.min(255, scaled);
  }
  return samples;
}

/** P4: one bit a pixel, rows padded to whole bytes, 1 is black. */
function readBits(bytes: Uint8Array, from: number, width: number, height: number): Uint8Array {
  const stride = Math.ceil(width / 8);
  const grey = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isBlack = (bytes[from + y * stride + (x >> 3)] >> (7 - (x & 7))) & 1;
      grey[y * width + x] = isBlack ? 0 : 255;
    }
  }
  return grey;
}

/**
 * Decodes a binary PPM, PGM or PBM (P6, P5, P4). The libvips that sharp ships reads none, and Keras lists them.
 * @throws WgraftError "bad-input" naming `name`
 */
export function decodePpm(bytes: Uint8Array, name: string): DecodedImage {
  const kind = bytes[1] - 0x30;
  const { numbers, pixels: from } = readNumbers(bytes, kind === 4 ? 2 : 3, name);
  const [width, height, maxval = 1] = numbers;
  checkImageSize(name, width, height);
  if (maxval < 1 || maxval > 65535) {
    throw new WgraftError("bad-input", `${name}: this PPM has samples up to ${maxval}; 1 to 65535 are read`);
  }
  const pixels = width * height;
  const samples = kind === 6 ? pixels * 3 : pixels;
  const byteLength = kind === 4 ? Math.ceil(width / 8) * height : samples * (maxval > 255 ? 2 : 1);
  if (from + byteLength > bytes.length) throw new WgraftError("bad-input", `${name}: this PPM is truncated`);

  if (kind === 6) {
    return { width, height, channels: 3, data: readSamples(bytes, from, samples, maxval, false) };
  }
  const grey =
    kind === 4 ? readBits(bytes, from, width, height) : readSamples(bytes, from, samples, maxval, true);
  return { width, height, channels: 3, data: greyToRgb(grey, pixels) };
}
