/** Scores of many outputs at once. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { score } from "../../src/models/data/score.js";
import { weightsOfLabels } from "../../src/models/training/sampleWeights.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Sequential } from "../../src/models/sequential.js";
import { tensor } from "../../src/tensor.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

it("scores a batch of 256 samples of 1,000 classes, more numbers than a call can have arguments", async () => {
  const [samples, units] = [256, 1000];
  const model = new Sequential([new Dense({ units, activation: "softmax", inputDim: 1 })], { device });
  model.compile({ loss: "sparse_categorical_crossentropy", metrics: ["acc"] });
  const labels = Float32Array.from({ length: samples }, (_, i) => i);
  const files = Array.from(labels, (label) => ({ relative: `${label}` }));
  async function* parts() {
    yield { x: tensor(new Float32Array(samples), [samples, 1]), labels, files };
  }
  const result = await score(model, parts(), units, { batchSize: samples });
  const right = labels.reduce((sum, label) => sum + result.confusion[label][label], 0);
  expect(result.mistakes.length).toBe(samples - right);
  expect(result.loss).toBeCloseTo(Math.log(units), 3);
});

it("takes the class of a row of 200,000 one-hot labels", () => {
  const row = new Float32Array(200_000);
  row[150_000] = 1;
  expect([...weightsOfLabels(row, 1, { 150_000: 3 })]).toEqual([3]);
});
