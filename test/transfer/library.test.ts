/** What the commands do, from a program: features, a head, an evaluation, a classifier; a training on images. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeImageFolders } from "../../examples/synthetic/images.js";
import {
  Classifier,
  decodeImage,
  evaluateOnFeatures,
  evaluateOnImages,
  extractFeaturesToFile,
  InterruptedError,
  MobileNet,
  planMemory,
  readFeatures,
  trainHead,
  trainOnImages,
  type Device,
  type ExtractionResult,
  type FinishedEpoch,
  type TrainingResult,
} from "../../src/index.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
let folder: string;
let extraction: ExtractionResult;
let training: TrainingResult;
const epochs: FinishedEpoch[] = [];
const steps: number[] = [];
const seen: string[] = [];
const inFolder = (...names: string[]) => join(folder, ...names);
const base = { app: "mobilenet", alpha: 0.25, size: 32, weights: "random", seed: 3 } as const;
const head = { units: 4, learningRate: 1e-2, batchSize: 4, seed: 5 } as const;

beforeAll(async () => {
  device = await createTestDevice();
  folder = await mkdtemp(join(tmpdir(), "wgraft-library-"));
  await writeImageFolders(inFolder("images"), { train: 4, validation: 2, test: 2, size: 40 });
  extraction = await extractFeaturesToFile({
    ...base,
    data: inFolder("images"),
    out: inFolder("features.h5"),
    device,
    onProgress: (done, total, split) => seen.push(`${split} ${done}/${total}`),
  });
  training = await trainHead({
    ...head,
    features: inFolder("features.h5"),
    out: inFolder("run"),
    epochs: 2,
    device,
    onEpoch: (epoch) => epochs.push(epoch),
    onProgress: ({ step }) => steps.push(step),
  });
}, 120_000);
afterAll(async () => {
  device.destroy();
  await rm(folder, { recursive: true, force: true });
});

describe("extractFeaturesToFile", () => {
  it("returns what is in the file, and reports progress", async () => {
    const { meta, splits } = await readFeatures(inFolder("features.h5"));
    expect(extraction).toMatchObject({ out: inFolder("features.h5"), complete: true, meta, skipped: [] });
    expect(meta).toMatchObject({ application: "mobilenet", alpha: 0.25, inputShape: [32, 32, 3] });
    expect(meta.preprocess).toBe("tf");
    const rows = { train: 8, validation: 4, test: 4 };
    for (const [name, count] of Object.entries(rows)) {
      expect(extraction.splits[name].rows).toBe(count);
      expect(splits[name].features.shape).toEqual([count, ...extraction.featureShape]);
    }
    expect(seen).toEqual(
      Object.entries(rows).flatMap(([name, n]) => [`${name} 0/${n}`, `${name} ${n}/${n}`]),
    );
  });

  it("is interrupted, says what it had finished and writes nothing", async () => {
    const controller = new AbortController();
    const interrupted = extractFeaturesToFile({
      ...base,
      data: inFolder("images"),
      out: inFolder("partial.h5"),
      device,
      signal: controller.signal,
      onProgress: (done, _, split) => {
        if (split === "validation" && done === 0) controller.abort();
      },
    });
    const error = await interrupted.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(InterruptedError);
    expect(error).toMatchObject({
      code: "aborted",
      result: { complete: false, splits: { train: { rows: 8 } } },
    });
    await expect(readFeatures(inFolder("partial.h5"))).rejects.toThrow("no such file");
  });
});

describe("a network with its own preprocessing", () => {
  it("is given no other", async () => {
    const options = { ...base, app: "mobilenetv3small", alpha: 1, preprocess: "tf" } as const;
    const pending = extractFeaturesToFile({
      ...{ ...options, data: inFolder("images"), out: inFolder("twice.h5") },
      device,
    });
    await expect(pending).rejects.toMatchObject({
      code: "usage",
      option: "preprocess",
      message: expect.stringMatching(/^`preprocess` tf: mobilenetv3small begins with its own/) as string,
    });
  });
});

describe("trainHead", () => {
  it("returns the figures of every epoch, and reports them", () => {
    expect(training).toMatchObject({ out: inFolder("run"), finishedEpochs: 2, keptEpoch: 2, epochs: 2 });
    expect(Object.keys(training.history)).toEqual(["loss", "acc", "val_loss", "val_acc"]);
    expect(epochs.map(({ epoch, logs }) => [epoch, logs.val_loss])).toEqual(
      training.history.val_loss.map((loss, i) => [i + 1, loss]),
    );
    expect(steps).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it("resumes with what was given then, and refuses what disagrees by the option's name", async () => {
    const options = {
      features: inFolder("features.h5"),
      out: inFolder("run"),
      resume: true,
      device,
    } as const;
    await expect(trainHead({ ...options, units: 5 })).rejects.toMatchObject({
      code: "usage",
      option: "resume",
      message: expect.stringContaining("but `units` is 5, was 4; omit `resume`") as string,
    });
    const { finishedEpochs, history } = await trainHead({ ...options, units: 4, epochs: 3 });
    expect(finishedEpochs).toBe(3);
    expect(history.loss.slice(0, 2)).toEqual(training.history.loss);
  });

  it("is interrupted with a whole run", async () => {
    const controller = new AbortController();
    const interrupted = trainHead({
      ...head,
      features: inFolder("features.h5"),
      out: inFolder("interrupted"),
      epochs: 50,
      device,
      signal: controller.signal,
      onEpoch: () => controller.abort(),
    });
    const error = await interrupted.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(InterruptedError);
    const { result, message } = error as InterruptedError<TrainingResult>;
    expect(message).toMatch(/^interrupted after 1 of 50 epochs; .* `resume` continues$/);
    expect(result).toMatchObject({ finishedEpochs: 1, interrupted: true });
    await expect(Classifier.open(result.out, { device })).resolves.toBeInstanceOf(Classifier);
  });

  it("refuses a precision that the device does not have", async () => {
    const options = { features: inFolder("features.h5"), out: inFolder("f16"), device } as const;
    await expect(trainHead({ ...options, precision: "float16" })).rejects.toMatchObject({
      code: "usage",
      option: "precision",
    });
  });
});

describe("options", () => {
  it.each<[string, object, RegExp]>([
    ["epoch", { epoch: 3 }, /^trainHead: there is no option epoch; did you mean epochs\?$/],
    ["dropout", { dropout: 1 }, /^trainHead: dropout: expected .* below 1, got 1$/],
    ["classWeight", { classWeight: 2 }, /^trainHead: classWeight: expected "balanced", or weights by class/],
    [
      "classWeight",
      { classWeight: { discs: -1 } },
      /^`classWeight`: expected a number of at least 0 for discs/,
    ],
    ["data", { data: "images" }, /^trainHead: there is no option data/],
  ])("refuses a wrong %s before anything is done", async (option, wrong, message) => {
    const options = { features: inFolder("features.h5"), out: inFolder("never"), device, ...wrong };
    await expect(trainHead(options)).rejects.toMatchObject({
      code: "usage",
      option,
      message: expect.stringMatching(message) as string,
    });
    await expect(readFile(inFolder("never", "config.json"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("Classifier", () => {
  const image = () => inFolder("images", "test", "discs", "discs.0.jpg");

  it("gives a path, bytes, a URL and pixels the same classes, the most probable first", async () => {
    const classifier = await Classifier.open(inFolder("run"), { device });
    expect(classifier.classNames).toEqual(["discs", "stripes"]);
    const predictions = await classifier.predict(image());
    expect(predictions.map(({ label }) => label).sort()).toEqual(["discs", "stripes"]);
    expect(predictions[0].probability).toBeGreaterThanOrEqual(predictions[1].probability);
    expect(predictions[0].probability + predictions[1].probability).toBeCloseTo(1, 6);
    const others = [await readFile(image()), pathToFileURL(image()), await decodeImage(image())];
    for (const other of others) expect(await classifier.predict(other)).toEqual(predictions);
    expect(await classifier.predict(image(), { top: 1 })).toEqual(predictions.slice(0, 1));
  });

  it("opens the model file as well, and agrees with itself on many files and in an evaluation", async () => {
    const model = inFolder("run", "model.h5");
    const classifier = await Classifier.open(model, { device });
    const files = ["discs/discs", "stripes/stripes"].flatMap((name) =>
      [0, 1].map((i) => inFolder("images", "test", `${name}.${i}.jpg`)),
    );
    let right = 0;
    for await (const { file, label, probability, probabilities } of classifier.predictFiles(files)) {
      const [best] = await classifier.predict(file);
      expect([label, Math.max(...probabilities)]).toEqual([best.label, probability]);
      expect(probability).toBeCloseTo(best.probability, 5);
      if (file.includes(label)) right += 1;
    }
    const common = { model, device, batchSize: 4 };
    const onImages = await evaluateOnImages({ ...common, data: inFolder("images") });
    expect(onImages).toMatchObject({
      split: "test",
      samples: 4,
      accuracy: right / 4,
      mistakeCount: 4 - right,
    });
    const done: string[] = [];
    const onProgress = (n: number, total: number) => done.push(`${n}/${total}`);
    const onFeatures = await evaluateOnFeatures({ ...common, features: inFolder("features.h5"), onProgress });
    expect(onFeatures.loss).toBeCloseTo(onImages.loss, 4);
    expect(onFeatures.confusion).toEqual(onImages.confusion);
    expect(done).toEqual(["0/4", "4/4"]);
  });

  it("refuses what it was not trained with, and what is no file, by their names", async () => {
    const open = (options: object) => Classifier.open(inFolder("run"), { device, ...options });
    await expect(open({ preprocess: "caffe" })).rejects.toMatchObject({
      code: "usage",
      option: "preprocess",
      message: expect.stringMatching(/^`preprocess` caffe: .* was trained with tf/) as string,
    });
    await expect(open({ classNames: ["a", "b"] })).rejects.toMatchObject({ option: "classNames" });
    const classifier = await open({});
    await expect(classifier.predict(new URL("http://localhost/cat.jpg"))).rejects.toMatchObject({
      code: "usage",
    });
    const pixels = { width: 2, height: 2, channels: 3, data: new Uint8Array(11) } as const;
    await expect(classifier.predict(pixels)).rejects.toThrow(
      /^predict: expected a path, bytes, .* RGB pixels/,
    );
    const signal = AbortSignal.abort();
    await expect(classifier.predict(image(), { signal })).rejects.toMatchObject({ code: "aborted" });
  });
});

describe("trainOnImages", () => {
  it("trains a base with a head, and goes on from the model that it saved", async () => {
    const data = inFolder("images");
    const common = { data, device, epochs: 1, learningRate: 1e-3, batchSize: 4 };
    const first = await trainOnImages({
      ...common,
      ...base,
      units: 4,
      out: inFolder("first"),
      augment: true,
    });
    expect(first).toMatchObject({ finishedEpochs: 1, trainableWeights: 4 });
    const second = await trainOnImages({
      ...common,
      init: first.model,
      trainable: ["conv_pw_13"],
      out: inFolder("second"),
    });
    expect(second.trainableWeights).toBeGreaterThan(4);
    const notes: string[] = [];
    await trainOnImages({
      ...common,
      out: inFolder("second"),
      resume: true,
      onNote: (note) => notes.push(note),
    });
    expect(notes.at(-1)).toBe(`${inFolder("second")} has its 1 epochs; use a larger \`epochs\` to continue`);
    const options = { ...common, init: first.model, out: inFolder("third") };
    await expect(trainOnImages({ ...options, alpha: 0.5 })).rejects.toMatchObject({ option: "alpha" });
    await expect(trainOnImages({ ...options, trainable: ["block99"] })).rejects.toMatchObject({
      option: "trainable",
    });
  }, 120_000);
});

describe("planMemory", () => {
  it("plans a base with a new head, for as many samples as it is given", async () => {
    const options = {
      includeTop: false,
      inputShape: [32, 32, 3],
      alpha: 0.25,
      weights: null,
      device,
    } as const;
    const plan = async (batchSize: number) => {
      const [predict, train] = await planMemory(await MobileNet(options), {
        newHead: true,
        units: 4,
        batchSize,
      });
      if (!("total" in predict) || !("total" in train)) throw new Error("expected to fit");
      return { predict, train };
    };
    const [small, large] = [await plan(4), await plan(8)];
    expect(large.predict.inputs).toBe(2 * small.predict.inputs);
    expect(large.train.weights).toBe(small.train.weights);
    expect(large.train.activations).toBeGreaterThan(small.train.activations);
  });
});
