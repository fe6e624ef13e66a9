/** Faster kernels, measured meanwhile, do not cost the features that were computed before. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { listImageFolder, type ImageFile } from "../../src/io/dataset/folder.js";
import { createDevice } from "../../src/kernels/gpu/device.js";
import { isMeasured, type Choices } from "../../src/kernels/gpu/tuning.js";
import { VGG16 } from "../../src/models/applications/index.js";
import { extractFeatures } from "../../src/models/data/extractFeatures.js";
import type { FeatureStore } from "../../src/models/data/featureStore.js";
import { ImageSource } from "../../src/models/data/imageSource.js";
import { temporaryImages } from "../support/images.js";

const stored = new Map<string, Float32Array>();
const store: FeatureStore = {
  has: async (key) => stored.has(key),
  get: async (key) => stored.get(key),
  put: async (key, values) => void stored.set(key, values.slice()),
};

/** What a tuning cache keeps: measurements, and the kernels of features. */
let kept = { measured: new Map<string, string>(), ofFeatures: new Map<string, string>() };
const tuningStore = {
  load: async (platform: string): Promise<Choices> =>
    isMeasured(platform) ? kept.measured : kept.ofFeatures,
  add: async (platform: string, choices: Choices) => {
    for (const [key, variant] of choices)
      (isMeasured(platform) ? kept.measured : kept.ofFeatures).set(key, variant);
  },
};

beforeAll(() => {
  stored.clear();
  kept = { measured: new Map(), ofFeatures: new Map() };
});

/** Twenty images whose bytes have been looked at. */
async function images(size: number): Promise<ImageFile[]> {
  const { files } = await listImageFolder(`${await temporaryImages({ train: 10, size })}/train`);
  const sha256 = async ({ path }: ImageFile) =>
    createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
  return Promise.all(files.map(async (file) => ({ ...file, sha256: await sha256(file) })));
}

/** In a new process, as it were. @returns the kernels that ran, how many rows came from the store, and all rows */
async function extract(files: readonly ImageFile[], autotune = true) {
  const device = await createDevice({ autotune: autotune && tuningStore });
  onTestFinished(() => device.destroy());
  const common = { weights: null, includeTop: false, inputShape: [32, 32, 3], seed: 4 } as const;
  const base = await VGG16({ ...common, layer: "block1_pool", device });
  const recording = device.choices.record();
  const source = new ImageSource(files, { height: 32, width: 32 });
  let found = 0;
  const rows: number[] = [];
  for await (const { features, stored: count } of extractFeatures(base, source, { batchSize: 4, store })) {
    found += count;
    rows.push(...features.dataSync());
  }
  return { kernels: new Map(recording.kernels), found, rows };
}

it("stored features are found by the kernels that they were computed with, unless little is lost", async () => {
  const files = await images(40);
  const some = files.slice(0, 12);
  const first = await extract(some);
  expect([first.found, kept.ofFeatures]).toEqual([0, first.kernels]);

  // Another variant of each convolution is now known to be faster.
  const conv = [...first.kernels].filter(([key]) => key.startsWith("conv2d("));
  expect(conv.length).toBeGreaterThan(0);
  for (const [key, variant] of conv)
    kept.measured.set(key, variant.startsWith("direct") ? "f2 workgroup" : "direct workgroup");
  const again = await extract(files);
  expect([again.found, again.kernels]).toEqual([12, first.kernels]);
  expect(again.rows.slice(0, first.rows.length)).toEqual(first.rows);

  // Of other images none is known: they get the fast kernels, and are found with these from then on.
  const others = await images(44);
  const fast = await extract(others);
  expect(fast.found).toBe(0);
  expect(fast.kernels).not.toEqual(first.kernels);
  expect(fast.rows).not.toEqual(again.rows);
  expect((await extract(others)).found).toBe(20);

  // Those of the first kernels are the heuristic's: what is computed without measurements finds them, and so do later ones.
  expect((await extract(files, false)).found).toBe(20);
  expect((await extract(files)).found).toBe(20);
});
