/** What a model's images go through travels inside its file; where nothing records it, it must be said. */
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeImageFolders } from "../../examples/synthetic/images.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Flatten } from "../../src/models/layers/reshaping/flatten.js";
import { loadModel } from "../../src/models/saving/load.js";
import { Sequential } from "../../src/models/sequential.js";
import { Classifier } from "../../src/transfer/classifier/classifier.js";
import { openArchitecture } from "../../src/transfer/model/architecture.js";
import { trainOnImages } from "../../src/transfer/training/trainOnImages.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
let folder: string;
const inFolder = (...names: string[]) => join(folder, ...names);
const image = () => inFolder("images", "test", "discs", "discs.0.jpg");

beforeAll(async () => {
  device = await createTestDevice();
  folder = await mkdtemp(join(tmpdir(), "wgraft-record-"));
  await writeImageFolders(inFolder("images"), { train: 2, validation: 1, test: 1, size: 40 });
});
afterAll(async () => {
  device.destroy();
  await rm(folder, { recursive: true, force: true });
});

it("goes with the model's file, .h5 and .keras, without the run's config.json", async () => {
  const run = inFolder("run");
  await trainOnImages({
    ...{ data: inFolder("images"), out: run, device, epochs: 1, seed: 1, batchSize: 4 },
    ...{ app: "mobilenet", alpha: 0.25, size: 32, weights: "random", units: 4 },
    ...{ preprocess: "tf", interpolation: "bilinear" },
  });
  const [h5, keras] = [inFolder("alone.h5"), inFolder("alone.keras")];
  await copyFile(join(run, "model.h5"), h5);
  await (await loadModel(h5, { device })).save(keras);
  const right = await (await Classifier.open(run, { device })).predict(image());
  for (const path of [h5, keras]) {
    const classifier = await Classifier.open(path, { device });
    expect(classifier.meta).toMatchObject({ preprocess: "tf", interpolation: "bilinear" });
    expect(classifier.classNames).toEqual(["discs", "stripes"]);
    expect(await classifier.predict(image())).toEqual(right);
    await expect(Classifier.open(path, { device, preprocess: "rescale" })).rejects.toMatchObject({
      code: "usage",
      option: "preprocess",
    });
  }
  // A run folder is a model, for a training that begins with it and for a summary, too.
  const next = { data: inFolder("images"), out: inFolder("next"), init: run, device, epochs: 1 } as const;
  await expect(trainOnImages({ ...next, batchSize: 4 })).resolves.toMatchObject({ finishedEpochs: 1 });
  expect((await openArchitecture(run, {})).outputShape).toEqual([1]);
}, 60_000);

function unrecorded(record?: unknown): Sequential {
  const layers = [new Flatten({ inputShape: [8, 8, 3] }), new Dense({ units: 1, activation: "sigmoid" })];
  const model = new Sequential(layers, { device, seed: 1 });
  model.record = record;
  return model;
}

it("is asked for where nothing records it; the interpolation is nearest, with a note", async () => {
  const path = inFolder("unrecorded.h5");
  await unrecorded().save(path);
  const refused = {
    code: "usage",
    option: "preprocess",
    message: `${path}: nothing records how its images are preprocessed; say so with \`preprocess\``,
  };
  await expect(Classifier.open(path, { device })).rejects.toMatchObject(refused);
  const init = { data: inFolder("images"), out: inFolder("refused"), init: path, device } as const;
  await expect(trainOnImages(init)).rejects.toMatchObject(refused);
  const notes: string[] = [];
  const onNote = (note: string) => void notes.push(note);
  await Classifier.open(path, { device, preprocess: "rescale", interpolation: "nearest", onNote });
  expect(notes).toEqual([]);
  await Classifier.open(path, { device, preprocess: "rescale", onNote });
  expect(notes).toEqual([
    expect.stringMatching(/nothing records how its images are resized; taken as nearest/),
  ]);
});

it("is an error where it cannot be read", async () => {
  const path = inFolder("damaged.h5");
  await unrecorded({ takes: "sounds" }).save(path);
  await expect(Classifier.open(path, { device, preprocess: "rescale" })).rejects.toMatchObject({
    code: "bad-input",
    message: expect.stringMatching(/record of its origin cannot be read: wgraft\.takes: /) as string,
  });
});
