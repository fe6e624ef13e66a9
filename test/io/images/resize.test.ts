import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decodeImage, type DecodedImage } from "../../../src/io/images/decode.js";
import { resizeImage, type Interpolation } from "../../../src/io/images/resize.js";

const golden = join(import.meta.dirname, "../../golden");
const keras = JSON.parse(readFileSync(join(golden, "resize.json"), "utf8")) as {
  source: string;
  cases: { height: number; width: number; interpolation: Interpolation; sha256: string; rgb?: string }[];
  ramp_500x374_to_150x150: Record<Interpolation, string>;
};

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

function ramp(width: number, height: number): DecodedImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set([x, y, x * 7 + y * 13], (y * width + x) * 3);
  }
  return { width, height, channels: 3, data };
}

describe("resizing is Keras's load_img, bit for bit", () => {
  test.each(keras.cases)(
    "$height × $width $interpolation",
    async ({ height, width, interpolation, ...expected }) => {
      const image = await decodeImage(join(golden, keras.source));
      const resized = resizeImage(image, height, width, interpolation);
      if (expected.rgb !== undefined) expect(Buffer.from(resized).toString("base64")).toBe(expected.rgb);
      expect(sha256(resized)).toBe(expected.sha256);
    },
  );

  test.each(["nearest", "bilinear"] as const)(
    "500 × 374 to 150 × 150 %s, where centres fall on pixel edges",
    (how) => {
      expect(sha256(resizeImage(ramp(500, 374), 150, 150, how))).toBe(keras.ramp_500x374_to_150x150[how]);
    },
  );
});

test.each(["nearest", "bilinear"] as const)("%s copies an image that has the size already", (how) => {
  const image = ramp(9, 7);
  const resized = resizeImage(image, 7, 9, how);
  expect(resized).toEqual(image.data);
  expect(resized.buffer).not.toBe(image.data.buffer);
});

test.each([
  [1, 1, 5, 3],
  [200, 1, 3, 7],
  [3, 500, 1, 1],
])("a constant stays constant from %i × %i to %i × %i", (srcWidth, srcHeight, width, height) => {
  const data = new Uint8Array(srcWidth * srcHeight * 3).fill(255);
  for (const how of ["nearest", "bilinear"] as const) {
    const resized = resizeImage(
      { width: srcWidth, height: srcHeight, channels: 3, data },
      height,
      width,
      how,
    );
    expect(resized).toHaveLength(width * height * 3);
    expect(resized.every((value) => value === 255)).toBe(true);
  }
});
