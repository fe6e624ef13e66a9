import sharp from "sharp";
import { expect, test } from "vitest";
import { checkImage, decodeImage } from "../../../src/io/images/decode.js";
import { oriented } from "../../../src/io/images/orientation.js";

/** 3 × 2 pixels that all differ. */
const pixels = Uint8Array.from({ length: 18 }, (_, i) => 10 * i);
const image = { width: 3, height: 2, channels: 3 as const, data: pixels };
const raw = { raw: { width: 3, height: 2, channels: 3 as const } };

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  "EXIF's orientation %d turns an image as libvips does",
  async (orientation) => {
    const png = await sharp(pixels, raw).withMetadata({ orientation }).png().toBuffer();
    const { data, info } = await sharp(png).autoOrient().raw().toBuffer({ resolveWithObject: true });
    const upright = oriented(image, orientation);
    expect([upright.width, upright.height]).toEqual([info.width, info.height]);
    expect([...upright.data]).toEqual([...data]);
    expect(await checkImage(png, "a.png")).toEqual({ orientation, width: 3, height: 2 });
    expect([...(await decodeImage(png, { exif: true })).data]).toEqual([...data]);
    // As Keras does it.
    expect([...(await decodeImage(png)).data]).toEqual([...pixels]);
  },
);

test("an orientation that EXIF does not know leaves the image as it is", () => {
  for (const unknown of [0, 9, NaN]) expect(oriented(image, unknown)).toBe(image);
});
