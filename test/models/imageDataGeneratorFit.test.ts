/** Training on augmented images: what the GPU does to them is what the host does. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { ImageDataGenerator } from "../../src/models/data/imageDataGenerator.js";
import type { ImageDataGeneratorOptions } from "../../src/models/data/generatorOptions.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Input } from "../../src/models/layers/core/inputLayer.js";
import { Flatten } from "../../src/models/layers/reshaping/flatten.js";
import { Model } from "../../src/models/model.js";
import { SGD } from "../../src/models/optimizers/sgd.js";
import { tensor, type Tensor } from "../../src/tensor.js";
import { mulberry32 } from "../../src/models/random.js";
import { expectClose } from "../support/expectClose.js";
import { temporaryImages } from "../support/images.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const shape = [6, 5, 3];

/** A linear classifier of images; the same weights at each call. */
function classifier(): Model {
  const inputs = Input({ shape });
  const outputs = new Dense({ units: 1, activation: "sigmoid" }).apply(new Flatten().apply(inputs));
  const model = new Model({ inputs, outputs, seed: 4, device });
  model.compile({ optimizer: new SGD({ learningRate: 0.5 }), loss: "binary_crossentropy", metrics: ["acc"] });
  return model;
}

async function weightsOf(model: Model): Promise<number[]> {
  const values = await Promise.all(model.weights.map(({ variable }) => variable.read()));
  return values.flatMap((part) => [...part]);
}

const next = mulberry32(8);
const n = 7;
const x = tensor(
  Uint8Array.from({ length: n * 90 }, () => 256 * next()),
  [n, ...shape],
);
const y = tensor(Float32Array.from({ length: n }, (_, i) => i % 2));

const augmentations: [string, ImageDataGeneratorOptions][] = [
  [
    "the tutorial's",
    {
      rescale: 1 / 255,
      rotationRange: 40,
      widthShiftRange: 0.2,
      heightShiftRange: 0.2,
      shearRange: 0.2,
      zoomRange: 0.2,
      horizontalFlip: true,
    },
  ],
  ["colours", { rescale: 0.01, channelShiftRange: 40, brightnessRange: [0.5, 1.5] }],
  [
    "a network's preprocessing, by the old convention",
    {
      convention: "keras2",
      preprocessingFunction: "tf",
      rotationRange: 90,
      fillMode: "reflect",
      verticalFlip: true,
    },
  ],
  ["none", { rescale: 1 / 255 }],
];

describe.each(augmentations)("fit with augmentation: %s", (_, options) => {
  it("takes the steps that the host's batches make it take", async () => {
    const generator = new ImageDataGenerator(options);
    const flow = () => generator.flow(x, y, { batchSize: 3, seed: 12 });
    expect(flow().sample.dtype).toBe("uint8");

    const fitted = classifier();
    const history = await fitted.fit(flow(), { epochs: 2 });
    expect(fitted.compilation!.optimizer.iterations).toBe(6);

    const stepped = classifier();
    const before = await weightsOf(stepped);
    const batches = flow();
    const losses: number[] = [];
    for (let i = 0; i < 6; i++) {
      const [images, labels] = (await batches.next()).value;
      const [loss] = await stepped.trainOnBatch(images, labels);
      losses.push(loss * images.shape[0]);
    }
    const after = await weightsOf(stepped);
    expectClose(await weightsOf(fitted), after, { relative: 1e-5, absolute: 1e-5 });
    const epochs = [losses.slice(0, 3), losses.slice(3)].map((part) => part.reduce((a, b) => a + b) / n);
    expectClose(history.history.loss, epochs, { relative: 1e-5 });
    expect(Math.max(...after.map((value, i) => Math.abs(value - before[i])))).toBeGreaterThan(1e-2);
  });
});

it("evaluates and predicts without augmentation, by the rescaled images", async () => {
  const model = classifier();
  const flow = new ImageDataGenerator({ rescale: 1 / 255, rotationRange: 90, brightnessRange: [0, 1] }).flow(
    x,
    y,
  );
  const rescaled: Tensor = tensor(
    Float32Array.from(x.dataSync(), (value) => value / 255),
    x.shape,
  );
  expectClose((await model.predict(flow)).dataSync(), (await model.predict(rescaled)).dataSync());
  const [got, wanted] = [await model.evaluate(flow), await model.evaluate(rescaled, y)];
  expect(got.loss).toBeCloseTo(wanted.loss, 5);
  expect(got.acc).toBe(wanted.acc);
});

it("fits images of a folder, with validation images of its own", async () => {
  const dir = await temporaryImages({ train: 6, validation: 4, size: 24, seed: 2 });
  const options = { targetSize: [6, 5], batchSize: 4, classMode: "binary", seed: 1 } as const;
  const training = await new ImageDataGenerator({ rescale: 1 / 255, rotationRange: 20 }).flowFromDirectory(
    `${dir}/train`,
    options,
  );
  const validation = await new ImageDataGenerator({ rescale: 1 / 255 }).flowFromDirectory(
    `${dir}/validation`,
    options,
  );
  const run = async () => {
    const model = classifier();
    const { history } = await model.fit(training, {
      epochs: 3,
      stepsPerEpoch: 5,
      validationData: validation,
    });
    return { history, weights: await weightsOf(model) };
  };
  const { history, weights } = await run();
  expect(history.val_loss).toHaveLength(3);
  expect(history.val_loss.every(Number.isFinite)).toBe(true);
  expect(training.decoding.decoded).toBe(training.samples);
  expect(validation.decoding.decoded).toBe(validation.samples);
  expect(await run()).toEqual({ history, weights });
});

it("says so where a batch of augmented samples comes without transforms, or samples without labels", async () => {
  const flow = new ImageDataGenerator({ rotationRange: 20 }).flow(x, y);
  const forgetful = { sample: flow.sample, samples: n, batches: (size: number) => flow.batches(size) };
  await expect(classifier().fit(forgetful)).rejects.toThrow("a batch came without transforms");
  const unlabelled = new ImageDataGenerator().flow(x);
  await expect(classifier().fit(unlabelled)).rejects.toThrow("the samples have no labels");
});
