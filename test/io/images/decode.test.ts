import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decodeImage } from "../../../src/io/images/decode.js";
import { jpegComponents, sniffFormat } from "../../../src/io/images/formats.js";
import { plainPng, temporaryFolder, writeTree } from "../../support/images.js";

const golden = join(import.meta.dirname, "../../golden");
const images = join(golden, "images");
const pillow = JSON.parse(readFileSync(join(golden, "images.json"), "utf8")) as {
  files: Record<string, { mode: string; width: number; height: number; rgb: string }>;
};

describe("decodeImage gives what Pillow's convert('RGB') gives", () => {
  test.each(Object.entries(pillow.files))("%s", async (file, expected) => {
    const image = await decodeImage(join(images, file));
    expect([image.width, image.height, image.channels]).toEqual([expected.width, expected.height, 3]);
    expect(Buffer.from(image.data).toString("base64")).toBe(expected.rgb);
  });

  test("bytes decode like the file they came from, whatever their offset in memory", async () => {
    for (const file of ["420.jpg", "grey16.png", "cmyk.jpg", "rgb.bmp"]) {
      const bytes = readFileSync(join(images, file));
      const shifted = new Uint8Array(bytes.length + 1).subarray(1);
      shifted.set(bytes);
      const image = await decodeImage(shifted);
      expect(Buffer.from(image.data).toString("base64"), file).toBe(pillow.files[file].rgb);
    }
  });

  test("the content tells the format, not the name", async () => {
    const dir = await temporaryFolder();
    await writeTree(dir, { "really-a-png.jpg": await plainPng(1, 2, 3) });
    const image = await decodeImage(join(dir, "really-a-png.jpg"));
    expect([...image.data.subarray(0, 3)]).toEqual([1, 2, 3]);
  });
});

describe("an image that does not decode names its path and the reason", () => {
  const failing = async (content: string | Uint8Array, name = "broken.jpg") => {
    const dir = await temporaryFolder();
    await writeTree(dir, { [name]: content });
    return decodeImage(join(dir, name)).then(
      () => expect.unreachable(`${name} decoded`),
      (error: unknown) => error,
    );
  };

  test("text named .jpg", async () => {
    const error = await failing("hello, this is no picture");
    expect(error).toMatchObject({ name: "WgraftError", code: "bad-input" });
    expect(error).toHaveProperty("message", expect.stringMatching(/broken\.jpg: not an image that is read/));
  });

  test("an empty file", async () => {
    expect(await failing("")).toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(/broken\.jpg: the file is empty/) as string,
    });
  });

  test("every format cut in half", async () => {
    for (const file of Object.keys(pillow.files)) {
      const bytes = await readFile(join(images, file));
      const error = await failing(bytes.subarray(0, bytes.length / 2), file);
      expect(error, file).toMatchObject({ name: "WgraftError", code: "bad-input" });
      expect((error as Error).message, file).toContain(file);
      expect((error as Error).message, file).not.toContain("\n");
    }
  });

  test("a missing file, a folder, a path through a file", async () => {
    const dir = await temporaryFolder();
    await writeTree(dir, { "a.txt": "a" });
    const message = (pattern: RegExp) => ({
      code: "bad-input",
      message: expect.stringMatching(pattern) as string,
    });
    await expect(decodeImage(join(dir, "no.jpg"))).rejects.toMatchObject(
      message(/no\.jpg: there is no such file/),
    );
    await expect(decodeImage(dir)).rejects.toMatchObject(message(/this is a folder, not an image/));
    await expect(decodeImage(join(dir, "a.txt/b.jpg"))).rejects.toMatchObject(
      message(/there is no such file/),
    );
    await expect(decodeImage("/dev/zero")).rejects.toMatchObject(message(/not a regular file/));
  });

  test("headers that promise more pixels than are read, before memory is taken for them", async () => {
    const huge = Buffer.from(readFileSync(join(images, "rgb.bmp")));
    huge.writeInt32LE(60_000, 18);
    huge.writeInt32LE(60_000, 22);
    expect(await failing(huge, "huge.bmp")).toHaveProperty("message", expect.stringMatching(/megapixels/));
    const ppm = "P6 60000 60000 255\n";
    expect(await failing(ppm, "huge.ppm")).toHaveProperty("message", expect.stringMatching(/megapixels/));
    const png = Buffer.from(await plainPng(0, 0, 0));
    png.writeUInt32BE(60_000, 16);
    png.writeUInt32BE(60_000, 20);
    expect(await failing(png, "huge.png")).toMatchObject({ code: "bad-input" });
  });

  test("damaged BMP and PPM headers", async () => {
    const bmp = readFileSync(join(images, "rgb.bmp"));
    const patched = (at: number, value: number) => {
      const copy = Buffer.from(bmp);
      copy.writeUInt32LE(value, at);
      return copy;
    };
    expect(await failing(patched(18, 0), "a.bmp")).toHaveProperty(
      "message",
      expect.stringMatching(/damaged/),
    );
    expect(await failing(patched(30, 1), "a.bmp")).toHaveProperty(
      "message",
      expect.stringMatching(/is not read/),
    );
    expect(await failing(patched(10, 1e9), "a.bmp")).toHaveProperty(
      "message",
      expect.stringMatching(/truncated/),
    );
    expect(await failing("P6 4 x 255\n", "a.ppm")).toHaveProperty("message", expect.stringMatching(/header/));
    expect(await failing("P6 4 4 70000\n", "a.ppm")).toHaveProperty(
      "message",
      expect.stringMatching(/70000/),
    );
    expect(await failing("P6", "a.ppm")).toHaveProperty("code", "bad-input");
    expect(await failing("BM", "a.bmp")).toHaveProperty("code", "bad-input");
  });

  test("a palette index beyond the palette", async () => {
    const bmp = Buffer.from(readFileSync(join(images, "grey.bmp")));
    bmp.writeUInt32LE(2, 46); // colours in the palette
    expect(await failing(bmp, "p.bmp")).toHaveProperty(
      "message",
      expect.stringMatching(/outside its palette/),
    );
  });
});

test("formats are told by their signatures", () => {
  const bytes = (...values: number[]) => Uint8Array.from(values);
  expect(sniffFormat(bytes())).toBeUndefined();
  expect(sniffFormat(bytes(0xff, 0xd8))).toBeUndefined();
  expect(sniffFormat(new TextEncoder().encode("<svg xmlns='x'>"))).toBeUndefined();
  expect(sniffFormat(new TextEncoder().encode("P7 "))).toBeUndefined();
  expect(sniffFormat(readFileSync(join(images, "lossless.webp")))).toBe("webp");
  expect(sniffFormat(readFileSync(join(images, "cmyk.tiff")))).toBe("tiff");
  expect(jpegComponents(readFileSync(join(images, "cmyk.jpg")))).toBe(4);
  expect(jpegComponents(readFileSync(join(images, "grey.jpg")))).toBe(1);
  expect(jpegComponents(readFileSync(join(images, "rotated-by-exif.jpg")))).toBe(3);
  expect(jpegComponents(bytes(0xff, 0xd8, 0xff, 0xc0))).toBe(0);
});
