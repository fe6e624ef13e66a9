import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { onTestFinished } from "vitest";
import { writeImageFolders, type ImageFoldersOptions } from "../../examples/synthetic/images.js";
import { mulberry32 } from "../../src/models/random.js";

/** A new folder that goes away when the running test ends. */
export async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "wgraft-test-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A dataset of generated images (train, validation, test; discs and stripes) in a folder that goes away with the test. */
export async function temporaryImages(options: ImageFoldersOptions): Promise<string> {
  const dir = await temporaryFolder();
  await writeImageFolders(dir, options);
  return dir;
}

/** A PNG of one colour: small, lossless, and recognised again after decoding. */
export function plainPng(red: number, green: number, blue: number, size = 4): Promise<Buffer> {
  const background = { r: red, g: green, b: blue };
  return sharp({ create: { width: size, height: size, channels: 3, background } })
    .png()
    .toBuffer();
}

/** Writes files (path below `dir` → content), making folders as needed. */
export async function writeTree(dir: string, files: Record<string, string | Uint8Array>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(dir, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}

/** The generated images with a third class beside discs and stripes: `plain`, each of one colour. */
export async function writeThreeClasses(dir: string, options: ImageFoldersOptions): Promise<void> {
  await writeImageFolders(dir, options);
  const { train, validation = 0, test = 0, size = 200 } = options;
  const random = mulberry32(size);
  const channel = () => Math.floor(256 * random());
  for (const [split, count] of Object.entries({ train, validation, test })) {
    for (let n = 0; n < count; n++) {
      const png = await plainPng(channel(), channel(), channel(), size);
      const jpeg = await sharp(png).jpeg({ quality: 95 }).toBuffer();
      await writeTree(join(dir, split, "plain"), { [`plain.${n}.jpg`]: jpeg });
    }
  }
}
