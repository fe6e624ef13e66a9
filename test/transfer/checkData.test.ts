/** An audit of data finds what was planted, and little else. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeImageFolders } from "../../examples/synthetic/images.js";
import {
  checkData,
  Conv2D,
  Dense,
  GlobalAveragePooling2D,
  MaxPooling2D,
  Sequential,
  tensor,
  writeDataPage,
  type CheckedImage,
  type DataCheck,
  type ImageGroup,
} from "../../src/index.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { dataCheckLines } from "../../src/transfer/check/lines.js";
import { doubtfulLabels } from "../../src/transfer/check/labels.js";
import { similarPatterns, similarRows } from "../../src/transfer/check/similar.js";
import { uniform } from "../reference/random.js";
import { plantFaults, type Planted } from "../support/plantedFaults.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
let folder: string;
let data: string;
let planted: Planted;
let check: DataCheck;
const progress: string[] = [];

const counts = { copies: 4, leaks: 4, conflicts: 2, variations: 4, wrongLabels: 6 };

beforeAll(async () => {
  [device, folder] = await Promise.all([createTestDevice(), mkdtemp(join(tmpdir(), "wgraft-data-"))]);
  data = join(folder, "photos");
  await writeImageFolders(data, { train: 60, validation: 14, size: 110 });
  await Promise.all([tint("discs", "#ffc9a0"), tint("stripes", "#a0c9ff")]);
  planted = await plantFaults(data, counts);
  const layers = [
    new Conv2D({ filters: 16, kernelSize: 3, activation: "relu", inputShape: [64, 64, 3] }),
    new MaxPooling2D({ poolSize: 2 }),
    new Conv2D({ filters: 32, kernelSize: 3, activation: "relu" }),
    new MaxPooling2D({ poolSize: 2 }),
    new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", name: "texture" }),
    new GlobalAveragePooling2D(),
    new Dense({ units: 2, activation: "softmax" }),
  ];
  const model = join(folder, "base.h5");
  await new Sequential(layers, { device, seed: 1 }).save(model);
  check = await checkData({
    ...{
      data,
      model,
      layer: "texture",
      preprocess: "rescale",
      interpolation: "bilinear",
      cache: false,
      device,
    },
    onProgress: (done, total, what) => progress.push(`${what} ${done}/${total}`),
  });
});
afterAll(async () => {
  device.destroy();
  await rm(folder, { recursive: true, force: true });
});

/** Gives a class a color, so that features of an untrained base show the class. */
async function tint(name: string, color: string): Promise<void> {
  for (const split of ["train", "validation"])
    for (const file of await readdir(join(data, split, name))) {
      const path = join(data, split, name, file);
      await writeFile(
        path,
        await sharp(await readFile(path))
          .tint(color)
          .jpeg({ quality: 92 })
          .toBuffer(),
      );
    }
}

const filesOf = (images: readonly CheckedImage[]) => images.map(({ file }) => file);
const has = (groups: readonly ImageGroup[], pair: readonly string[]) =>
  groups.some(({ images }) => pair.every((file) => filesOf(images).includes(file)));

describe("checkData", () => {
  it("counts", () => {
    const images = check.splits.map(({ name, images: all, classes }) => [name, all, Object.keys(classes)]);
    expect(images).toEqual([
      ["train", expect.any(Number), ["discs", "stripes"]],
      ["validation", expect.any(Number), ["discs", "stripes"]],
    ]);
    // What was there, the copies, and the odd ones that can be read.
    const copies = counts.copies + counts.leaks + counts.conflicts + 5 * counts.variations;
    expect(check.images).toBe(2 * 74 + copies + 5);
    expect(check.sizes?.width).toMatchObject({ min: 14, max: 400 });
  });

  it("finds every copy, and says where the copies are", () => {
    const { duplicates } = check;
    expect(duplicates).toHaveLength(counts.copies + counts.leaks + counts.conflicts);
    for (const pair of [...planted.copies, ...planted.leaks, ...planted.conflicts])
      expect(has(duplicates, pair)).toBe(true);
    const leaks = duplicates.filter(({ acrossSplits }) => acrossSplits);
    expect(leaks).toHaveLength(counts.leaks);
    for (const pair of planted.leaks) expect(has(leaks, pair)).toBe(true);
    const conflicts = duplicates.filter(({ acrossClasses }) => acrossClasses);
    expect(conflicts).toHaveLength(counts.conflicts);
    for (const pair of planted.conflicts) expect(has(conflicts, pair)).toBe(true);
  });

  it("finds images that look the same", () => {
    const byPixels = check.nearDuplicates.filter(({ by }) => by.includes("pixels"));
    const plain = planted.near.filter(({ kind }) => kind !== "cropped");
    const found = plain.filter(({ pair }) => has(byPixels, pair));
    expect(found.length / plain.length).toBeGreaterThanOrEqual(0.9);
    // Every group is of planted ones.
    expect(byPixels.length).toBeLessThanOrEqual(found.length);
  });

  it("finds what cannot be read, and odd images", () => {
    expect(filesOf(check.unreadable).sort()).toEqual([...planted.unreadable].sort());
    const { odd } = check;
    for (const kind of ["tiny", "elongated", "blank", "turned", "cmyk"] as const)
      expect([kind, ...filesOf(odd[kind])]).toEqual([kind, ...planted[kind]]);
    expect(odd.severalFrames).toEqual([]);
  });

  it("finds labels that are wrong", () => {
    const found = filesOf(check.unlikelyLabels ?? []);
    const right = found.filter((file) => planted.wrongLabels.includes(file));
    expect(right.length / counts.wrongLabels).toBeGreaterThanOrEqual(0.8);
    expect(right.length / found.length).toBeGreaterThanOrEqual(0.5);
    expect(check.features).toMatchObject({ layer: "texture", folds: 5 });
    expect(progress.at(-1)).toBe("cross-validation 5/5");
  });

  it("needs neither a device nor weights without a base, and says what it did not check", async () => {
    const refuse = () => Promise.reject(new Error("a device was asked for"));
    const plain = await checkData({ data, device: refuse, limit: 20 });
    expect(plain.unlikelyLabels).toBeUndefined();
    expect(plain.notChecked.map(({ what }) => what)).toEqual([
      "labels that are likely wrong",
      "near duplicates by features (crops, small turns)",
    ]);
    expect(dataCheckLines(plain).at(-1)).toMatch(/^not checked: .*`app` or `model`/);
    await expect(checkData({ data, app: "vgg16", model: "run" })).rejects.toMatchObject({ option: "app" });
    await expect(checkData({ data, size: 64 })).rejects.toThrow(
      "`size` is for the checks by features; name a base with `app` or `model`",
    );
  });

  it("refuses features that say next to nothing", async () => {
    const options = { data, model: join(folder, "base.h5"), layer: "dense", limit: 3, cache: false, device };
    await expect(checkData({ ...options, preprocess: "rescale" })).rejects.toThrow(
      "layer dense gives 2 features per image, which are too few to compare images by; name another one with `layer`",
    );
  });

  it("is written as a page that needs nothing else", async () => {
    const page = join(folder, "data.html");
    await writeDataPage(check, page);
    const html = await readFile(page, "utf8");
    expect(html.match(/<img src="data:image\/jpeg;base64,/g)?.length).toBeGreaterThan(30);
    expect(html).not.toMatch(/<script|https?:|src="(?!data:)/);
    for (const heading of [
      "Copies in several splits (4)",
      "Copies in several classes (2)",
      "Files that cannot be read (3)",
    ])
      expect(html).toContain(heading);
    expect(html).not.toContain(folder + "/photos/");
  });
});

describe("similar vectors", () => {
  const rowsOf = (n: number, d: number, seed: number) => {
    const values = uniform(seed, [n, d]).dataSync();
    const rows = Array.from({ length: n }, (_, i) => values.slice(i * d, (i + 1) * d));
    return rows.map((row) => row.map((value) => value / Math.hypot(...row)));
  };
  const product = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);

  it("finds patterns as comparing all of each pair does, mirrored ones too", async () => {
    const rows = rowsOf(40, 256, 1);
    const near = rows.slice(0, 6).map((row, i) => {
      const moved = row.map((value, k) => value + 0.02 * Math.sin(k * (i + 1)));
      const flipped = i % 2 === 0 ? moved : moved.map((_, k) => moved[k - (k % 16) + 15 - (k % 16)]);
      return flipped.map((value) => value / Math.hypot(...flipped));
    });
    const pairs = await similarPatterns([...rows, ...near], 0.9);
    expect(pairs.map(({ a, b }) => [a, b])).toEqual(near.map((_, i) => [i, 40 + i]));
    for (const { similarity } of pairs) expect(similarity).toBeGreaterThan(0.9);
  });

  it("finds rows of features as float64 does", async () => {
    const rows = rowsOf(1030, 4, 2);
    const flat = Float32Array.from(rows.flatMap((row) => [...row]));
    const pairs = await similarRows(device, tensor(flat, [1030, 4]), 0.995);
    const expected = rows.flatMap((a, i) =>
      rows.slice(i + 1).flatMap((b, k) => (product(a, b) >= 0.995 ? [`${i} ${i + 1 + k}`] : [])),
    );
    expect(expected.length).toBeGreaterThan(20);
    expect(pairs.map(({ a, b }) => `${a} ${b}`).sort()).toEqual(expected.sort());
  });
});

it("doubts a label by confident learning's rule", () => {
  // On average, class 0 has 0.75 for its own, class 1 has 0.65.
  const probabilities = [0.9, 0.1, 0.6, 0.4, 0.2, 0.8, 0.8, 0.2, 0.7, 0.3];
  const labels = [0, 0, 1, 1, 1];
  const own = [0.9, 0.6, 0.8, 0.2, 0.3];
  expect(own.slice(0, 2).reduce((a, b) => a + b) / 2).toBe(0.75);
  // The fourth is predicted 0 at 0.8 ≥ 0.75; the last at 0.7 < 0.75 only.
  expect(doubtfulLabels(tensor(probabilities, [5, 2]), labels)).toEqual([{ index: 3, predicted: 0 }]);
});
