/** Images that cost more to decode than they look. */
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { checkImage, decodeImage } from "../../../src/io/images/decode.js";

/** A grey progressive JPEG without detail: each scan has some 20 bytes, and libjpeg goes over all pixels for it. */
function jpegOfScans(side: number, scans: number): Buffer {
  const blocks = Math.ceil(side / 8) ** 2;
  const segment = (marker: number, ...content: number[]) => [
    0xff,
    marker,
    (content.length + 2) >> 8,
    (content.length + 2) & 255,
    ...content,
  ];
  /** One code, of one bit, for one symbol. */
  const table = (kind: number, symbol: number) =>
    segment(0xc4, kind << 4, 1, ...Array<number>(15).fill(0), symbol);
  const scan = (first: number, last: number, approximation: number, bits: number) => [
    ...segment(0xda, 1, 1, 0, first, last, approximation),
    ...Array<number>(Math.ceil(bits / 8)).fill(0),
  ];
  const runs = Math.ceil(blocks / 2 ** 14);
  const refinements = Array.from({ length: scans - 1 }, (_, i) => {
    const [coefficient, step] = [1 + Math.floor(i / 14), i % 14];
    const approximation = (step === 0 ? 0 : (14 - step) << 4) | (13 - step);
    return scan(coefficient, coefficient, approximation, 15 * runs);
  });
  return Buffer.from([
    ...[0xff, 0xd8],
    ...segment(0xdb, 0, ...Array<number>(64).fill(1)),
    ...segment(0xc2, 8, side >> 8, side & 255, side >> 8, side & 255, 1, 1, 0x11, 0),
    ...table(0, 0),
    ...table(1, 0xe0),
    ...scan(0, 0, 0, blocks),
    ...refinements.flat(),
    ...[0xff, 0xd9],
  ]);
}

const decode = (bytes: Uint8Array) => decodeImage(bytes, { name: "x" });
const refused = (message: RegExp) => ({
  code: "bad-input",
  message: expect.stringMatching(message) as string,
});

describe("a JPEG of many scans", () => {
  test("is read where they are few, or its pixels are", async () => {
    expect(await decode(jpegOfScans(2000, 30))).toMatchObject({ width: 2000, height: 2000 });
    expect(await decode(jpegOfScans(64, 800))).toMatchObject({ width: 64, height: 64 });
  });

  test("is refused before it is decoded where it would take a minute", async () => {
    const bytes = jpegOfScans(9000, 800);
    expect(bytes.length).toBeLessThan(300_000);
    const started = performance.now();
    await expect(decode(bytes)).rejects.toMatchObject(refused(/^x: a JPEG of 800 scans is not read/));
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe("more pixels than are read, by the header of", () => {
  const small = (format: "png" | "jpeg" | "webp") =>
    sharp({ create: { width: 64, height: 64, channels: 3, background: "red" } })
      .toFormat(format, { lossless: true })
      .toBuffer();

  test("a PNG", async () => {
    const bytes = await small("png");
    bytes.writeUInt32BE(40_000, 16);
    bytes.writeUInt32BE(40_000, 20);
    await expect(decode(bytes)).rejects.toMatchObject({ code: "bad-input" });
  });

  test("a JPEG", async () => {
    const bytes = await small("jpeg");
    const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
    bytes.writeUInt16BE(40_000, frame + 5);
    bytes.writeUInt16BE(40_000, frame + 7);
    await expect(decode(bytes)).rejects.toMatchObject(refused(/exceeds pixel limit/));
  });

  test("a WebP", async () => {
    const bytes = await small("webp");
    const size = bytes.indexOf("VP8L") + 9;
    bytes.fill(0xff, size, size + 3); // 14 bits each of width and height, less one
    await expect(decode(bytes)).rejects.toMatchObject({ code: "bad-input" });
  });

  test("a TIFF", async () => {
    // Width, height, bits, no compression, black is zero, where the one strip is, its rows, its bytes.
    const tags = [
      [256, 40_000],
      [257, 40_000],
      [258, 8],
      [259, 1],
      [262, 1],
      [273, 8],
      [278, 40_000],
      [279, 1_600_000_000],
    ];
    const bytes = Buffer.alloc(8 + 2 + 12 * tags.length + 4);
    bytes.write("II*");
    bytes.writeUInt32LE(8, 4);
    bytes.writeUInt16LE(tags.length, 8);
    tags.forEach(([tag, value], i) => {
      bytes.writeUInt16LE(tag, 10 + 12 * i);
      bytes.writeUInt16LE(4, 12 + 12 * i);
      bytes.writeUInt32LE(1, 14 + 12 * i);
      bytes.writeUInt32LE(value, 18 + 12 * i);
    });
    await expect(decode(bytes)).rejects.toMatchObject(refused(/exceeds pixel limit/));
  });
});

test("of an animation, the first image is read", async () => {
  const [red, blue] = [
    [250, 10, 20],
    [10, 20, 250],
  ];
  const pixels = Buffer.from([red, blue].flatMap((colour) => Array<number[]>(64).fill(colour).flat()));
  const strip = sharp(pixels, { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } });
  for (const bytes of [
    await strip.clone().gif().toBuffer(),
    await strip.webp({ lossless: true }).toBuffer(),
  ]) {
    const image = await decode(bytes);
    expect([image.width, image.height]).toEqual([8, 8]);
    expect([...image.data.subarray(0, 3)]).toEqual(red);
  }
});

describe("an image that its decoder keeps whole", () => {
  /** The beginning of a PNG, up to its header. */
  const png = (side: number, depth: number, colourType: number, interlaced: number) => {
    const bytes = Buffer.alloc(64);
    bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
    bytes.writeUInt32BE(side, 16);
    bytes.writeUInt32BE(side, 20);
    bytes.set([depth, colourType, 0, 0, interlaced], 24);
    return bytes;
  };
  const jpeg = (marker: number) =>
    Buffer.from([
      ...[0xff, 0xd8, 0xff, marker, 0, 17, 8, 9900 >> 8, 9900 & 255, 9900 >> 8, 9900 & 255, 3],
      ...Array<number>(64).fill(0),
    ]);

  test("is refused by its header where that takes too much memory", async () => {
    await expect(decode(png(9900, 16, 6, 1))).rejects.toMatchObject(
      refused(/^x: an interlaced PNG of this size/),
    );
    await expect(decode(jpeg(0xc2))).rejects.toMatchObject(refused(/^x: a progressive JPEG of this size/));
  });

  test("is refused before it is decoded where it is a large AVIF", async () => {
    const bytes = await sharp({ create: { width: 64, height: 64, channels: 3, background: "red" } })
      .avif({ effort: 0 })
      .toBuffer();
    expect(await decode(bytes)).toMatchObject({ width: 64, height: 64 });
    const size = bytes.indexOf("ispe") + 8; // after version and flags
    bytes.writeUInt32BE(5001, size);
    bytes.writeUInt32BE(5000, size + 4);
    const tooLarge = refused(/^x: an AVIF of more than 25 megapixels is not read/);
    await expect(decode(bytes)).rejects.toMatchObject(tooLarge);
    await expect(checkImage(bytes, "x")).rejects.toMatchObject(tooLarge);
  });

  test("is not where it is smaller, or decoded row by row", async () => {
    for (const bytes of [png(9900, 16, 6, 0), png(5000, 16, 6, 1), jpeg(0xc0)])
      await expect(decode(bytes)).rejects.toMatchObject(refused(/does not decode/));
  });
});
