/** Labels that no loss can be taken with are errors that name the sample; what is legal in Keras stays legal. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import type { LossName } from "../../src/models/losses.js";
import { Sequential } from "../../src/models/sequential.js";
import { tensor } from "../../src/tensor.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const x = tensor(
  Array.from({ length: 12 }, (_, i) => i / 12),
  [6, 2],
);

function modelFor(loss: LossName, units = loss === "binary_crossentropy" ? 1 : 3) {
  const activation = loss === "binary_crossentropy" ? "sigmoid" : "softmax";
  const model = new Sequential([new Dense({ units, activation, inputDim: 2 })], { device, seed: 1 });
  model.compile({ optimizer: "sgd", loss, metrics: ["acc"] });
  return model;
}

const classes = "sparse_categorical_crossentropy";
const wrong: [what: string, LossName, number[], message: RegExp][] = [
  ["classes from 1", classes, [1, 2, 3, 1, 2, 3], /label 3 of sample 2.*whole number from 0 to 2/],
  ["a negative class", classes, [0, 1, 2, 0, -1, 1], /label -1 of sample 4/],
  ["half a class", classes, [0, 0.5, 1, 0, 1, 1], /label 0.5 of sample 1/],
  ["no number", classes, [0, 1, 1, NaN, 1, 1], /label NaN of sample 3/],
  ["binary labels 1 and 2", "binary_crossentropy", [1, 1, 2, 1, 2, 1], /label 2 of sample 2.*from 0 to 1/],
  ["binary labels -1 and 1", "binary_crossentropy", [1, -1, 1, 1, 1, 1], /label -1 of sample 1/],
];

describe.each(wrong)("%s", (_, loss, labels, message) => {
  const y = tensor(labels, [6, 1]);
  const error = { code: "bad-input", message: expect.stringMatching(message) as string };

  it("is refused by fit, in order and shuffled, evaluate, trainOnBatch and the validation", async () => {
    const model = modelFor(loss);
    const right = tensor(new Float32Array(6), [6, 1]);
    await expect(model.fit(x, y, { shuffle: false })).rejects.toMatchObject(error);
    // Which wrong sample comes first is up to the order; its place is that in the data.
    const place = new RegExp(`label .* of sample (${wrongPlaces(loss, labels).join("|")}):`);
    await expect(model.fit(x, y, { shuffle: true })).rejects.toThrow(place);
    await expect(model.evaluate(x, y)).rejects.toMatchObject(error);
    await expect(model.trainOnBatch(x, y)).rejects.toMatchObject(error);
    await expect(model.fit(x, right, { validationData: [x, y] })).rejects.toMatchObject(error);
  });
});

function wrongPlaces(loss: LossName, labels: readonly number[]): number[] {
  const isRight = (label: number) =>
    loss === classes ? [0, 1, 2].includes(label) : label >= 0 && label <= 1;
  return labels.flatMap((label, i) => (isRight(label) ? [] : [i]));
}

it("names the sample and the output of a row that is out of range", async () => {
  const y = tensor([1, 0, 0, 0, 2, 0, ...new Array<number>(12).fill(0)], [6, 3]);
  await expect(modelFor("categorical_crossentropy").evaluate(x, y)).rejects.toThrow(
    "label 2 of sample 1, output 1: categorical_crossentropy expects a number from 0 to 1",
  );
});

it("refuses rows of another width than the model's output", async () => {
  const y = tensor(new Float32Array(12), [6, 2]);
  await expect(modelFor("categorical_crossentropy").fit(x, y)).rejects.toMatchObject({
    code: "shape",
    message: "loss categorical_crossentropy: expected labels of 3 numbers per sample, got 2",
  });
});

it("takes soft labels for binary and categorical cross-entropy", async () => {
  const soft = tensor([0, 0.25, 0.5, 0.75, 1, 0.1], [6, 1]);
  const rows = tensor(Array.from({ length: 6 }, () => [0.2, 0.3, 0.5]).flat(), [6, 3]);
  expect((await modelFor("binary_crossentropy").evaluate(x, soft)).loss).toBeGreaterThan(0);
  expect((await modelFor("categorical_crossentropy").evaluate(x, rows)).loss).toBeGreaterThan(0);
});

it("refuses a softmax of one unit, whatever the loss", async () => {
  const model = new Sequential([new Dense({ units: 1, activation: "softmax", inputDim: 2 })], { device });
  model.compile({ loss: "binary_crossentropy" });
  const error = { code: "usage", message: expect.stringContaining("softmax of one unit") as string };
  const y = tensor(new Float32Array(6), [6, 1]);
  await expect(model.fit(x, y)).rejects.toMatchObject(error);
  await expect(model.evaluate(x, y)).rejects.toMatchObject(error);
});
