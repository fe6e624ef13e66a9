/** The bits of an image's features depend neither on its place in a batch nor on the other images: what a cache relies on. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { listImageFolder, type ImageFile } from "../../src/io/dataset/folder.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { MobileNet, VGG16 } from "../../src/models/applications/index.js";
import { extractFeatures } from "../../src/models/data/extractFeatures.js";
import { ImageSource } from "../../src/models/data/imageSource.js";
import type { Model } from "../../src/models/model.js";
import { temporaryImages } from "../support/images.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

async function bitsOf(base: Model, files: readonly ImageFile[]): Promise<Map<string, string>> {
  const bits = new Map<string, string>();
  const source = new ImageSource(files, { height: 32, width: 32 });
  for await (const { features, files: part } of extractFeatures(base, source, {
    batchSize: 5,
    fixedBatch: true,
  })) {
    const row = features.size / part.length;
    part.forEach(({ relative }, i) => {
      const values = features.dataSync().slice(i * row, (i + 1) * row);
      bits.set(relative, Buffer.from(values.buffer).toString("base64"));
    });
  }
  return bits;
}

const common = { weights: null, includeTop: false, inputShape: [32, 32, 3], seed: 4 } as const;
it.each([
  ["VGG16 up to block 2", () => VGG16({ ...common, layer: "block2_pool", device })],
  ["MobileNet", () => MobileNet({ ...common, alpha: 0.25, device })],
])("%s", async (_, open) => {
  const { files } = await listImageFolder(`${await temporaryImages({ train: 6, size: 40 })}/train`);
  const base = await open();
  const inOrder = await bitsOf(base, files);
  expect(inOrder.size).toBe(12);
  expect(new Set(inOrder.values()).size).toBe(12);
  // Reversed, with a tail of another length, and one alone in its batch.
  for (const others of [[...files].reverse(), files.slice(3), files.slice(7, 8)])
    for (const [file, bits] of await bitsOf(base, others))
      expect(bits === inOrder.get(file), file).toBe(true);
});
