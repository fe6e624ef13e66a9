/** The search for a learning rate. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { Dense, Sequential, tensor } from "../../../src/index.js";
import { drawSweep } from "../../../src/io/terminal/sweep.js";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { optimizerOf } from "../../../src/models/optimizers/savedOptimizer.js";
import { ArraySource } from "../../../src/models/training/batches.js";
import type { RunConfig } from "../../../src/transfer/run/config.js";
import { rateOf, steepest, sweepLearningRate } from "../../../src/transfer/training/learningRateSweep.js";
import { createTestDevice } from "../../support/run.js";

let device: Device;
beforeAll(async () => void (device = await createTestDevice()));
afterAll(() => device.destroy());

it("suggests where the loss falls fastest, before it is lowest", () => {
  const points = Array.from({ length: 40 }, (_, i) => ({
    learningRate: 10 ** (i / 10 - 4),
    // A fall around the 15th, and a rise after the 30th that is faster.
    smoothedLoss: 1 - 1 / (1 + Math.exp(15 - i)) + (i > 30 ? (i - 30) ** 2 : 0),
  }));
  expect(steepest(points)).toBe(0.0032);
  expect(steepest(points.map((point, i) => ({ ...point, smoothedLoss: i })))).toBeUndefined();
  expect(steepest([])).toBeUndefined();
});

it("rises through the rates, and ends where the loss runs away", async () => {
  const [n, inputs] = [64, 4];
  // Large inputs, and labels that are wrong for every fifth sample: high rates make the model sure of the wrong class.
  const values = Float32Array.from({ length: n * inputs }, (_, i) => 20 * Math.sin(7 * i + 1));
  const isFirst = (i: number) => values[i * inputs] > 0 !== (i % 5 === 0);
  const y = tensor(
    Float32Array.from({ length: n }, (_, i) => Number(isFirst(i))),
    [n, 1],
  );
  const head = new Dense({ units: 1, activation: "sigmoid", inputDim: inputs });
  const model = new Sequential([head], { device, seed: 1 });
  model.compile({ optimizer: optimizerOf("sgd", 1), loss: "binary_crossentropy" });
  const settings = { batchSize: 16, shuffle: true } as RunConfig["settings"];
  const shown: number[] = [];
  const { points, suggested } = await sweepLearningRate(
    { out: "", onProgress: ({ step }) => void shown.push(step) },
    {
      model,
      source: new ArraySource(tensor(values, [n, inputs]), y),
      kernels: { recorded: () => ({}) },
      title: "",
    },
    { settings } as RunConfig,
    undefined,
    device,
  );
  points.forEach(({ learningRate }, i) => expect(learningRate).toBe(rateOf(i)));
  expect([rateOf(0), rateOf(99)]).toEqual([expect.closeTo(1e-6, 12), expect.closeTo(10, 8)]);
  expect(points.length).toBeGreaterThan(20);
  expect(points.length).toBeLessThan(100);
  expect(Math.min(...points.map(({ smoothedLoss }) => smoothedLoss))).toBeLessThan(points[0].smoothedLoss);
  expect(suggested).toBeGreaterThan(rateOf(3));
  expect(suggested).toBeLessThan(points.at(-1)!.learningRate);
  expect(shown.at(0)).toBe(0);
  const lines = drawSweep(points, suggested, { columns: 60 });
  expect(lines.at(-1)).toContain(`suggested: ${suggested}`);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
});
