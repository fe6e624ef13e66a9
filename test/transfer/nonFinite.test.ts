/** Numbers that are not finite end a command with the first layer where they appear; the library goes on, as Keras does. */
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeImageFolders } from "../../examples/synthetic/images.js";
import { exitCodeOf } from "../../src/cli/exitCodes.js";
import { WgraftError } from "../../src/errors.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { extractFeatures } from "../../src/models/data/extractFeatures.js";
import { ImageSource } from "../../src/models/data/imageSource.js";
import { Conv2D } from "../../src/models/layers/convolutional/conv2d.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { GlobalAveragePooling2D } from "../../src/models/layers/pooling/globalAveragePooling2d.js";
import { loadModel } from "../../src/models/saving/load.js";
import { Sequential } from "../../src/models/sequential.js";
import { SGD } from "../../src/models/optimizers/sgd.js";
import { tensor } from "../../src/tensor.js";
import { Classifier } from "../../src/transfer/classifier/classifier.js";
import { evaluateOnImages } from "../../src/transfer/classifier/evaluate.js";
import { trainHead } from "../../src/transfer/training/trainHead.js";
import { divergenceGuard } from "../../src/transfer/training/divergence.js";
import { writeClouds } from "../cli/features.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
let folder: string;
const inFolder = (...names: string[]) => join(folder, ...names);
const image = () => inFolder("images", "test", "discs", "discs.0.jpg");
const options = () => ({ device, preprocess: "rescale", interpolation: "nearest" }) as const;

beforeAll(async () => {
  device = await createTestDevice();
  folder = await mkdtemp(join(tmpdir(), "wgraft-finite-"));
  await writeImageFolders(inFolder("images"), { train: 1, validation: 1, test: 2, size: 12 });
});
afterAll(async () => {
  device.destroy();
  await rm(folder, { recursive: true, force: true });
});

/** A classifier of images with one value in the bias of its second layer. */
async function classifierWith(bias: number): Promise<Sequential> {
  const layers = [
    new Conv2D({ name: "first", filters: 2, kernelSize: 3, activation: "relu", inputShape: [12, 12, 3] }),
    new Conv2D({ name: "second", filters: 2, kernelSize: 3 }),
    new GlobalAveragePooling2D(),
    new Dense({ name: "top", units: 2, activation: "softmax" }),
  ];
  const model = new Sequential(layers, { device, seed: 1 });
  const second = model.getLayer("second");
  const [kernel] = await second.getWeights();
  await second.setWeights([kernel, tensor([0, bias])]);
  return model;
}

describe("a model with a weight that is not a number", () => {
  it("is refused by predict and evaluate, exit 4, by layer and weight", async () => {
    const path = inFolder("nan.h5");
    await (await classifierWith(NaN)).save(path);
    const error = {
      code: "bad-input",
      message: `${path}: layer second: its bias is not finite (NaN or infinite)`,
    };
    await expect(Classifier.open(path, options())).rejects.toMatchObject(error);
    const evaluation = { ...options(), model: path, data: inFolder("images") };
    await expect(evaluateOnImages(evaluation)).rejects.toMatchObject(error);
    expect(exitCodeOf(new WgraftError("bad-input", ""))).toBe(4);
  });

  it("is no error in the library, as in Keras", async () => {
    const model = await classifierWith(NaN);
    const y = await model.predict(tensor(new Float32Array(432), [1, 12, 12, 3]));
    expect(y.dataSync().some(Number.isNaN)).toBe(true);
  });
});

describe("a model whose outputs overflow", () => {
  it("names the image and the first layer in predict, evaluate and extract", async () => {
    // 3e38 is finite; the product with the next kernel is not.
    const model = await classifierWith(3e38);
    const top = model.getLayer("top");
    await top.setWeights([tensor([10, -10, 10, -10], [2, 2]), tensor([0, 0])]);
    const path = inFolder("overflow.h5");
    await model.save(path);
    const words = /the result is NaN; layer \w+: its output is the first that is not finite/;
    const error = { code: "bad-input", message: expect.stringMatching(words) as string };
    const classifier = await Classifier.open(path, options());
    await expect(classifier.predict(image())).rejects.toMatchObject(error);
    const files = classifier.predictFiles([image()]);
    await expect(files.next()).rejects.toMatchObject(error);
    const evaluation = { ...options(), model: path, data: inFolder("images") };
    await expect(evaluateOnImages(evaluation)).rejects.toMatchObject(error);
    const source = new ImageSource([{ path: image(), relative: "discs.0.jpg", label: 0 }], {
      height: 12,
      width: 12,
    });
    const loaded = await loadModel(path, { device });
    await expect(extractFeatures(loaded, source).next()).rejects.toThrow(/^discs\.0\.jpg: the result is/);
  });
});

describe("a training that diverges", () => {
  it("stops with exit 1, names the step and the layer, and leaves RUN as it was", async () => {
    await writeClouds(inFolder("bad.h5"), { counts: { train: 20 }, shape: [4], separation: 1e38 });
    const out = inFolder("diverged");
    const training = trainHead({ features: inFolder("bad.h5"), out, device, seed: 1, units: 4, epochs: 2 });
    const error = await training.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "diverged" });
    expect((error as Error).message).toMatch(
      /^the loss is \S+ at step \d+ of epoch 1; the first that is not finite: .*; try a lower `learningRate`; no epoch was finished/,
    );
    expect(exitCodeOf(error)).toBe(1);
    await expect(stat(out)).rejects.toThrow(/ENOENT/);
  });

  it("keeps the checkpoint of the last good epoch", async () => {
    await writeClouds(inFolder("good.h5"), { counts: { train: 20 }, shape: [4] });
    const out = inFolder("kept");
    // One step an epoch: the first makes weights that are finite, and products that are not.
    const wild = { optimizer: "sgd", learningRate: 1e30, batchSize: 40, epochs: 3 } as const;
    const training = trainHead({ features: inFolder("good.h5"), out, device, units: 4, seed: 1, ...wild });
    const last = join(out, "checkpoint", "last.h5");
    await expect(training).rejects.toMatchObject({
      code: "diverged",
      message: expect.stringMatching(
        /at step 1 of epoch 2; .*last\.h5 is the model after epoch 1$/,
      ) as string,
    });
    const kept = await loadModel(last, { device });
    for (const weight of await kept.getWeights())
      expect(weight.dataSync().every((value) => Number.isFinite(value))).toBe(true);
    await expect(stat(join(out, "model.h5"))).rejects.toThrow(/ENOENT/);
  });

  it("does not count float16 steps that a loss scale skips, unless all of an epoch are", async () => {
    const model = new Sequential([new Dense({ units: 1, activation: "sigmoid", inputDim: 2 })], { device });
    model.compile({ loss: "binary_crossentropy", optimizer: "sgd", lossScale: "dynamic" });
    await model.ready();
    const guard = divergenceGuard(model, device);
    await guard.onEpochBegin?.(0);
    guard.onStepFigures?.(0, { loss: NaN });
    guard.onStepFigures?.(1, { loss: 0.5 });
    await guard.onEpochEnd?.(0, {});
    await guard.onEpochBegin?.(1);
    guard.onStepFigures?.(0, { loss: NaN });
    await expect(Promise.resolve(guard.onEpochEnd?.(1, {}))).rejects.toThrow("diverged");
    model.compile({ loss: "binary_crossentropy", optimizer: "sgd" });
    expect(() => guard.onStepFigures?.(1, { loss: Infinity })).toThrow("diverged");
  });

  it("shows callbacks every step's figures once, in order", async () => {
    const model = new Sequential([new Dense({ units: 1, activation: "sigmoid", inputDim: 2 })], { device });
    model.compile({ loss: "binary_crossentropy", optimizer: new SGD({ learningRate: 0.1 }) });
    const x = tensor([0, 1, 1, 0, 1, 1, 0, 0], [4, 2]);
    const seen: [number, number][] = [];
    const { history } = await model.fit(x, tensor([0, 1, 1, 0], [4, 1]), {
      epochs: 2,
      batchSize: 1,
      callbacks: [{ onStepFigures: (batch, { loss }) => void seen.push([batch, loss]) }],
    });
    expect(seen.map(([batch]) => batch)).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
    const mean = (from: number) => seen.slice(from, from + 4).reduce((sum, [, loss]) => sum + loss, 0) / 4;
    expect([mean(0), mean(4)]).toEqual(history.loss.map((loss) => expect.closeTo(loss, 5) as number));
  });
});
