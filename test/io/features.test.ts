import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FeaturesWriter, readFeatures } from "../../src/transfer/data/features.js";
import type { FeaturesMeta } from "../../src/transfer/provenance.js";
import { Hdf5Dataset } from "../../src/io/hdf5/dataset.js";
import { withHdf5 } from "../../src/io/hdf5/reader.js";
import { createHdf5, type Hdf5Writer } from "../../src/io/hdf5/writer.js";
import { sizeOf, tensor } from "../../src/tensor.js";

const meta: FeaturesMeta = {
  classNames: ["chats été", "dogs"],
  application: "vgg16",
  layer: "block5_pool",
  inputShape: [150, 150, 3],
  preprocess: "rescale",
  interpolation: "nearest",
  weightsSha256: "ab".repeat(32),
};

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
  path = join(folder, "features.h5");
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Rows `start` to `end` of a split whose values count up. */
function append(writer: FeaturesWriter, split: string, start: number, end: number): void {
  const rows = Array.from({ length: end - start }, (_, i) => start + i);
  const values = Float32Array.from(rows.flatMap((row) => [row, row + 0.25, row + 0.5, row + 0.75]));
  const labels = rows.map((row) => row % 2);
  writer.append(
    split,
    tensor(values, [rows.length, 2, 2]),
    labels,
    rows.map((row) => `dogs/${row}.jpg`),
  );
}

describe("a whole file", () => {
  it("is read back as it was appended, batch by batch", async () => {
    const writer = await FeaturesWriter.create(path, { ...meta, alpha: 0.25 });
    append(writer, "train", 0, 20);
    append(writer, "train", 20, 27);
    append(writer, "validation", 0, 3);
    await writer.finish();
    const read = await readFeatures(path);
    expect(read.meta).toEqual({ ...meta, alpha: 0.25 });
    expect(read.complete).toBe(true);
    expect(Object.keys(read.splits)).toEqual(["train", "validation"]);
    const { features, labels, filenames } = read.splits["train"];
    expect(features.shape).toEqual([27, 2, 2]);
    expect(Array.from(features.dataSync().subarray(96, 104))).toEqual([
      24, 24.25, 24.5, 24.75, 25, 25.25, 25.5, 25.75,
    ]);
    expect(Array.from(labels.dataSync().subarray(0, 4))).toEqual([0, 1, 0, 1]);
    expect(filenames[26]).toBe("dogs/26.jpg");
    expect(read.splits["validation"].features.shape).toEqual([3, 2, 2]);
    expect(await readdir(folder)).toEqual(["features.h5"]);
  });

  it("has the attributes that others rely on", async () => {
    const writer = await FeaturesWriter.create(path, meta);
    append(writer, "test", 0, 1);
    await writer.finish();
    await withHdf5(path, ({ root }) => {
      expect(root.strings("class_names")).toEqual(meta.classNames);
      expect(root.numbers("input_shape")).toEqual([150, 150, 3]);
      expect(root.numbers("complete")).toEqual([1]);
      for (const [name, value] of [
        ["application", "vgg16"],
        ["layer", "block5_pool"],
        ["preprocess", "rescale"],
        ["interpolation", "nearest"],
        ["weights_sha256", meta.weightsSha256],
      ] as const) {
        expect(root.string(name)).toBe(value);
      }
      expect(root.hasAttribute("alpha")).toBe(false);
      expect(root.dataset("test/features")!.dtype).toBe("float32");
      expect(root.dataset("test/labels")!.dtype).toBe("float32");
    });
  });
});

it("is read in ranges, however much it is: none is larger than 64 MiB", async () => {
  const [rows, perBatch, row] = [2200, 200, 4 * 4 * 512];
  const writer = await FeaturesWriter.create(path, meta);
  for (let at = 0; at < rows; at += perBatch) {
    const values = Float32Array.from({ length: perBatch * row }, (_, i) => at + Math.floor(i / row));
    const names = Array.from({ length: perBatch }, (_, i) => `dogs/${at + i}.jpg`);
    writer.append("train", tensor(values, [perBatch, 4, 4, 512]), new Float32Array(perBatch), names);
  }
  await writer.finish();
  const whole = vi.spyOn(Hdf5Dataset.prototype, "readFloat32");
  const { features } = (await readFeatures(path)).splits.train;
  expect((whole.mock.contexts as Hdf5Dataset[]).map((dataset) => dataset.path)).toEqual(["/train/labels"]);
  whole.mockRestore();
  const sizes = await withHdf5(path, (file) =>
    [...file.root.dataset("train/features")!.parts()].map(({ region }) => 4 * sizeOf(region.count)),
  );
  expect(sizes.length).toBeGreaterThan(1);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(2 ** 26);
  const values = features.dataSync();
  const wrong = Array.from({ length: rows }, (_, i) => i).filter(
    (i) => values[i * row] !== i || values[(i + 1) * row - 1] !== i,
  );
  expect(wrong).toEqual([]);
});

describe("an interrupted extraction", () => {
  it("leaves nothing", async () => {
    const writer = await FeaturesWriter.create(path, meta);
    append(writer, "train", 0, 5);
    await writer.abort();
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("the writer refuses", () => {
  it("a folder that is not there", async () => {
    await expect(FeaturesWriter.create(join(folder, "no", "f.h5"), meta)).rejects.toMatchObject({
      code: "io",
    });
  });

  it("batches that do not fit", async () => {
    const writer = await FeaturesWriter.create(path, meta);
    append(writer, "train", 0, 2);
    const batch = tensor(new Float32Array(6), [2, 3]);
    expect(() => writer.append("train", batch, [0, 1], ["a", "b"])).toThrow(
      /expected rows \(2, 2\), got \(3,\)/,
    );
    expect(() => writer.append("train", batch, [0], ["a", "b"])).toThrow(/2 rows, 1 labels, 2 file names/);
    expect(() => writer.append("a/b", tensor(new Float32Array(4), [1, 2, 2]), [0], ["a"])).toThrow(
      /name of a split/,
    );
    await writer.finish();
    expect((await readFeatures(path)).splits["train"].features.shape).toEqual([2, 2, 2]);
  });
});

describe("the reader says what is wrong with", () => {
  const attributes = (writer: Hdf5Writer, classes = ["a", "b"]) => {
    writer.textList("/", "class_names", classes);
    for (const name of ["application", "layer", "preprocess", "interpolation", "weights_sha256"])
      writer.text("/", name, "x");
    writer.integers("/", "input_shape", [2, 2, 3]);
  };
  const split = (writer: Hdf5Writer, labels: number[], files: string[]) => {
    writer.group("/train");
    writer.float32("/train/features", [2, 3], new Float32Array(6));
    writer.float32("/train/labels", [labels.length], Float32Array.from(labels));
    writer.strings("/train/filenames", files);
  };
  it.each<[string, (writer: Hdf5Writer) => void, RegExp]>([
    [
      "a model",
      (w) => w.text("/", "model_config", "{}"),
      /is not a file of features: it has no attribute class_names/,
    ],
    ["no split", (w) => attributes(w), /holds no split/],
    ["no classes", (w) => attributes(w, []), /class_names are empty/],
    [
      "labels missing",
      (w) => (attributes(w), w.group("/train"), w.float32("/train/features", [1, 1], new Float32Array(1))),
      /split train has no labels/,
    ],
    [
      "too few labels",
      (w) => (attributes(w), split(w, [0], ["a", "b"])),
      /\(2, 3\), \(1,\), \(2,\), which do not fit/,
    ],
    [
      "a label of no class",
      (w) => (attributes(w), split(w, [0, 2], ["a", "b"])),
      /label 1 is 2, with 2 classes/,
    ],
    ["half a label", (w) => (attributes(w), split(w, [0.5, 1], ["a", "b"])), /label 0 is 0.5/],
  ])("%s", async (_, write, message) => {
    await createHdf5(path, write);
    await expect(readFeatures(path)).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(message) as string,
    });
  });
});
