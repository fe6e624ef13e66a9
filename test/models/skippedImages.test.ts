/** Images that do not decode: what is computed of the rest stays with its file. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeImageFolders } from "../../examples/synthetic/images.js";
import { listImageFolder, type ImageFolder } from "../../src/io/dataset/folder.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { extractFeatures } from "../../src/models/data/extractFeatures.js";
import { ImageDataGenerator } from "../../src/models/data/imageDataGenerator.js";
import { ImageSource } from "../../src/models/data/imageSource.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Flatten } from "../../src/models/layers/reshaping/flatten.js";
import { Sequential } from "../../src/models/sequential.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
let folder: string;
let model: Sequential;
let images: ImageFolder;
/** The right output for each good file, by its name; each is predicted alone. */
const right = new Map<string, number>();
const bad = ["discs/discs.0.jpg", "discs/discs.3.jpg", "stripes/stripes.1.jpg"];
const size = { height: 8, width: 8 };

beforeAll(async () => {
  device = await createTestDevice();
  folder = await mkdtemp(join(tmpdir(), "wgraft-skipped-"));
  await writeImageFolders(folder, { train: 4, size: 10 });
  for (const name of bad) await writeFile(join(folder, "train", name), "no image");
  images = await listImageFolder(join(folder, "train"));
  model = new Sequential(
    [new Flatten({ inputShape: [8, 8, 3] }), new Dense({ units: 1, activation: "sigmoid" })],
    { device, seed: 3 },
  );
  model.compile({ loss: "binary_crossentropy", metrics: ["acc"] });
  for (const file of images.files) {
    if (bad.includes(file.relative)) continue;
    const y = await model.predict(new ImageSource([file], size));
    right.set(file.relative, y.dataSync()[0]);
  }
  expect(new Set(right.values()).size).toBe(5);
});
afterAll(async () => {
  device.destroy();
  await rm(folder, { recursive: true, force: true });
});

const expected = () => images.files.map(({ relative }) => right.get(relative) ?? NaN);
const close = (values: readonly number[]) =>
  values.map((v) => (Number.isNaN(v) ? NaN : (expect.closeTo(v, 6) as number)));

function sources() {
  const skipped: string[] = [];
  const options = {
    skipBad: true,
    onSkip: ({ file }: { file: { relative: string } }) => void skipped.push(file.relative),
  };
  const generator = new ImageDataGenerator({ rescale: 1 / 255 });
  const onHost = new ImageDataGenerator({ rescale: 1 / 255, preprocessingFunction: (x) => x });
  const flow = (of: ImageDataGenerator) =>
    of.flowFromDirectory(join(folder, "train"), { ...options, targetSize: [8, 8], classMode: "binary" });
  return {
    skipped,
    "an ImageSource": () => new ImageSource(images.files, { ...size, ...options }),
    "a flow of a directory": () => flow(generator),
    "a flow that is preprocessed on the host": () => flow(onHost),
  };
}

describe.each([
  "an ImageSource",
  "a flow of a directory",
  "a flow that is preprocessed on the host",
] as const)("%s that skips images", (kind) => {
  it.each([2, 3, 20])("keeps each result in its place, in batches of %d", async (batchSize) => {
    const made = sources();
    const source = await made[kind]();
    const y = await model.predict(source, { batchSize });
    expect([...y.dataSync()]).toEqual(close(expected()));
    expect(made.skipped).toEqual(bad);
  });

  it("evaluates what is left by its own labels, and says which samples they are", async () => {
    const seen = new Map<number, number>();
    const logs = await model.evaluate(await sources()[kind](), {
      batchSize: 2,
      onPredictions: (y, places) => places.forEach((place, i) => seen.set(place, y[i])),
    });
    expect([...seen.keys()].map((place) => images.files[place].relative)).toEqual([...right.keys()]);
    expect([...seen.values()]).toEqual(close([...right.values()]));
    const losses = images.files.flatMap(({ relative, label }) => {
      const p = right.get(relative);
      return p === undefined ? [] : [-Math.log(label === 1 ? p : 1 - p)];
    });
    expect(logs.loss).toBeCloseTo(losses.reduce((a, b) => a + b) / losses.length, 5);
  });
});

it("extractFeatures gives features with the files they are of", async () => {
  const found = new Map<string, number>();
  const source = new ImageSource(images.files, { ...size, skipBad: true });
  for await (const { features, files, labels } of extractFeatures(model, source, { batchSize: 2 })) {
    files.forEach(({ relative, label }, i) => {
      found.set(relative, features.dataSync()[i]);
      expect(labels[i]).toBe(label);
    });
  }
  expect([...found.keys()]).toEqual([...right.keys()]);
  expect([...found.values()]).toEqual(close([...right.values()]));
});

it("a flow's own batches pair images with their labels", async () => {
  const generator = new ImageDataGenerator({ rescale: 1 / 255 });
  const flow = await generator.flowFromDirectory(join(folder, "train"), {
    ...{ skipBad: true, targetSize: [8, 8], classMode: "binary", batchSize: 2, seed: 1 },
  });
  let count = 0;
  for await (const [x, y] of flow) {
    const outputs = (await model.predict(x)).dataSync();
    outputs.forEach((output, i) => {
      const file = images.files.find(
        ({ relative }) => Math.abs((right.get(relative) ?? NaN) - output) < 1e-6,
      );
      expect(file?.label).toBe(y.dataSync()[i]);
    });
    count += outputs.length;
    if (count >= 5) break;
  }
  expect(count).toBe(5);
});
