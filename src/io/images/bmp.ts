import { WgraftError } from "../../errors.js";
import { checkImageSize, type DecodedImage } from "./formats.js";

const BI_RGB = 0;
const BI_BITFIELDS = 3;
const FILE_HEADER = 14;

interface BmpHeader {
  width: number;
  height: number;
  topDown: boolean;
  bits: number;
  compression: number;
  pixelOffset: number;
  /** Bytes per palette entry: 3 in OS/2 files, else 4. */
  paletteStride: number;
  paletteOffset: number;
  paletteSize: number;
}

function readHeader(view: DataView, name: string): BmpHeader {
  const truncated = () => new WgraftError("bad-input", `${name}: this BMP ends within its header`);
  if (view.byteLength < FILE_HEADER + 12) throw truncated();
  const headerSize = view.getUint32(14, true);
  const pixelOffset = view.getUint32(10, true);
  if (headerSize === 12) {
    return {
      width: view.getUint16(18, true),
      height: view.getUint16(20, true),
      topDown: false,
      bits: view.getUint16(24, true),
      compression: BI_RGB,
      pixelOffset,
      paletteStride: 3,
      paletteOffset: FILE_HEADER + 12,
      paletteSize: 256,
    };
  }
  if (headerSize < 40 || view.byteLength < FILE_HEADER + 40) throw truncated();
  const height = view.getInt32(22, true);
  return {
    width: view.getInt32(18, true),
    height: Math.abs(height),
    topDown: height < 0,
    bits: view.getUint16(28, true),
    compression: view.getUint32(30, true),
    pixelOffset,
    paletteStride: 4,
    paletteOffset: FILE_HEADER + headerSize,
    paletteSize: view.getUint32(46, true) || 256,
  };
}

/** Bit fields are read only in the order that 32-bit BMPs have without them: blue, green, red, unused. */
function hasPlainMasks(view: DataView): boolean {
  return (
    view.byteLength >= 66 &&
    view.getUint32(54, true) === 0x00ff0000 &&
    view.getUint32(58, true) === 0x0000ff00 &&
    view.getUint32(62, true) === 0x000000ff
  );
}

/**
 * Decodes an uncompressed BMP of 1, 4, 8, 24 or 32 bits a pixel; a fourth channel is dropped. The libvips that sharp
 * ships reads no BMP, and Keras lists them among its images.
 * @throws WgraftError "bad-input" naming `name`
 */
export function decodeBmp(bytes: Uint8Array, name: string): DecodedImage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { width, height, topDown, bits, compression, ...header } = readHeader(view, name);
  checkImageSize(name, width, height);
  const plain =
    compression === BI_RGB || (compression === BI_BITFIELDS && bits === 32 && hasPlainMasks(view));
  if (!plain || ![1, 4, 8, 24, 32].includes(bits)) {
    throw new WgraftError(
      "bad-input",
      `${name}: a BMP of ${bits} bits with compression ${compression} is not read; save it as PNG or JPEG`,
    );
  }
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (header.pixelOffset + stride * height > bytes.length) {
    throw new WgraftError("bad-input", `${name}: this BMP is truncated`);
  }

  const data = new Uint8Array(width * height * 3);
  const paletteLimit = Math.min(header.paletteSize, 2 ** bits);
  for (let y = 0; y < height; y++) {
    const row = header.pixelOffset + (topDown ? y : height - 1 - y) * stride;
    for (let x = 0; x < width; x++) {
      let at = row + x * (bits / 8);
      if (bits <= 8) {
        const byte = bytes[row + ((x * bits) >> 3)];
        const index = (byte >> (8 - bits - ((x * bits) & 7))) & ((1 << bits) - 1);
        at = header.paletteOffset + index * header.paletteStride;
        if (index >= paletteLimit || at + 2 >= bytes.length) {
          throw new WgraftError("bad-input", `${name}: a pixel of this BMP points outside its palette`);
        }
      }
      const to = (y * width + x) * 3;
      data[to] = bytes[at + 2];
      data[to + 1] = bytes[at + 1];
      data[to + 2] = bytes[at];
    }
  }
  return { width, height, channels: 3, data };
}
