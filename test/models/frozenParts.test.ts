/** A model in two parts: the rest, trained on what the frozen prefix makes of the samples, ends with the same weights. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { BatchNormalization } from "../../src/models/layers/normalization/batchNormalization.js";
import { Conv2D } from "../../src/models/layers/convolutional/conv2d.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Dropout } from "../../src/models/layers/regularization/dropout.js";
import { Flatten } from "../../src/models/layers/reshaping/flatten.js";
import type { Layer } from "../../src/models/layers/layer.js";
import { mulberry32 } from "../../src/models/random.js";
import { Sequential } from "../../src/models/sequential.js";
import { ArraySource } from "../../src/models/training/batches.js";
import { tensor } from "../../src/tensor.js";
import { expectClose } from "../support/expectClose.js";
import { createTestDevice } from "../support/run.js";

const devices: Device[] = [];
beforeAll(async () => {
  for (const precision of ["float32", "float16"] as const)
    devices.push(await createTestDevice({ precision }));
});
afterAll(() => devices.forEach((device) => device.destroy()));

const n = 11;
const next = mulberry32(3);
const images = tensor(
  Uint8Array.from({ length: n * 192 }, () => 256 * next()),
  [n, 8, 8, 3],
);
const labels = tensor(
  Float32Array.from({ length: n }, (_, i) => i % 2),
  [n, 1],
);
const source = () => new ArraySource(images, labels, "rescale");
const sample = { shape: [8, 8, 3], dtype: "uint8", preprocess: "rescale" } as const;
const training = { epochs: 4, batchSize: 4, classWeight: { 0: 1, 1: 2 } };

function model(device: Device, inBase: Layer[] = []): Sequential {
  const base = new Sequential(
    [
      new Conv2D({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [8, 8, 3] }),
      new BatchNormalization(),
      ...inBase,
    ],
    { seed: 5, device },
  );
  base.trainable = false;
  const head = [
    new Dense({ units: 6, activation: "relu" }),
    new Dropout({ rate: 0.5 }),
    new Dense({ units: 1, activation: "sigmoid" }),
  ];
  const made = new Sequential([base, new Flatten(), ...head], { seed: 5, device });
  made.compile({ optimizer: "adam", loss: "binary_crossentropy", metrics: ["acc"] });
  return made;
}

it.each([0, 1])(
  "trains the same weights as the whole, with the same masks of dropout (device %d)",
  async (i) => {
    const device = devices[i];
    const whole = model(device);
    const expected = (await whole.fit(source(), training)).history;
    const divided = model(device);
    const parts = (await divided.frozenParts(sample))!;
    const features = await parts.prefix.predict(source(), { batchSize: 4 });
    const { history } = await parts.rest.fit(features, labels, training);
    expect(expected.loss[3]).not.toBe(expected.loss[0]);
    const tolerance = device.precision === "float32" ? 1e-5 : 1e-3;
    expectClose(history.loss, expected.loss, { absolute: tolerance });
    const [wanted, got] = [await whole.getWeights(), await divided.getWeights()];
    for (const [k, weight] of wanted.entries())
      expectClose(got[k].dataSync(), weight.dataSync(), { absolute: tolerance });
    expect(divided.compilation!.optimizer.iterations).toBe(whole.compilation!.optimizer.iterations);
  },
);

it("are none where nothing is frozen, and where frozen layers draw masks in training", async () => {
  const [device] = devices;
  expect(await model(device, [new Dropout({ rate: 0.5 })]).frozenParts(sample)).toBeUndefined();
  const trained = model(device);
  trained.trainable = true;
  for (const layer of trained.leafLayers) layer.trainable = true;
  trained.compile({ optimizer: "adam", loss: "binary_crossentropy" });
  expect(await trained.frozenParts(sample)).toBeUndefined();
});
