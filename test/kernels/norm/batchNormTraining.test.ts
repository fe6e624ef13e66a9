import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import type { BatchNormAttrs } from "../../../src/kernels/norm/batchNormInputs.js";
import { batchNormTraining, batchNormTrainingGrad } from "../../../src/kernels/norm/batchNormTraining.js";
import { movingStatisticsUpdate } from "../../../src/kernels/norm/movingStatistics.js";
import { float32, type Operand } from "../../../src/kernels/op.js";
import { sizeOf, tensor, type Shape } from "../../../src/tensor.js";
import * as reference from "../../reference/batchNorm.js";
import { finiteDifference } from "../../reference/finiteDifference.js";
import { uniformFloat16 } from "../../reference/float16.js";
import { uniform } from "../../reference/random.js";
import { testCaps } from "../../support/caps.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { recordLaunches } from "../../support/lowering.js";
import { itNeeds } from "../../support/needs.js";
import { createTestDevice, gradOp, runMutating, runOp, type RunOptions } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

interface Case {
  shape: Shape;
  scale: boolean;
  center: boolean;
  caps?: RunOptions["caps"];
}

const cases: Case[] = [
  { shape: [2, 3, 5, 7], scale: true, center: true },
  { shape: [3, 4, 4, 8], scale: true, center: false },
  { shape: [1, 5, 3, 3], scale: false, center: true },
  { shape: [9, 4], scale: false, center: false },
  { shape: [3, 6, 4], scale: true, center: true },
  // A batch of one without other axes: the variance is 0, dx is 0.
  { shape: [1, 5], scale: true, center: true },
  // More columns than lanes share a row, and not a multiple of them.
  { shape: [5, 2, 2, 324], scale: true, center: true },
  { shape: [33, 131], scale: true, center: true },
  // Many parts.
  { shape: [7, 41, 43, 4], scale: true, center: true },
  // Ranges of rows that are bound one after the other.
  { shape: [6, 8, 16, 12], scale: true, center: true, caps: { maxStorageBufferBindingSize: 16384 } },
  { shape: [6, 8, 16, 3], scale: true, center: true, caps: { maxStorageBufferBindingSize: 4096 } },
];

describe.each(cases)("batch_norm_training on $shape, scale $scale, center $center", (c) => {
  const { shape, scale, center, caps } = c;
  const channels = shape.at(-1)!;
  const attrs: BatchNormAttrs = { epsilon: 1e-3, scale, center };
  const x = uniform(1, shape, -2, 6);
  const gamma = uniform(2, [channels], 0.5, 2);
  const beta = uniform(3, [channels]);
  const inputs = [x, ...(scale ? [gamma] : []), ...(center ? [beta] : [])];
  const parameters = {
    channels,
    epsilon: 1e-3,
    gamma: scale ? float64(gamma) : undefined,
    beta: center ? float64(beta) : undefined,
  };

  it("agrees with the reference", async () => {
    const [y, mean, variance] = await runOp(device, batchNormTraining, inputs, attrs, { caps });
    const expected = reference.batchNormTraining(float64(x), parameters);
    expectClose(mean.dataSync(), expected.mean);
    expectClose(variance.dataSync(), expected.variance);
    expectClose(y.dataSync(), expected.y, { relative: 1e-5, absolute: 3e-6 });
  });

  it("has the gradients of the reference", async () => {
    const dy = uniform(4, shape);
    const expected = reference.batchNormTrainingGrad(float64(dy), float64(x), parameters);
    const [dx, ...rest] = await gradOp(device, batchNormTraining, inputs, attrs, dy, { caps });
    expectClose(dx!.dataSync(), expected.x, { relative: 1e-5, absolute: 2e-6 });
    const sums = { absolute: 1e-6 * Math.sqrt(sizeOf(shape) / channels) + 2e-6, relative: 1e-5 };
    if (scale) expectClose(rest.shift()!.dataSync(), expected.gamma, sums);
    if (center) expectClose(rest.shift()!.dataSync(), expected.beta, sums);
  });

  itNeeds("shader-f16")("works on float16, with statistics in float32", async () => {
    const halves = uniformFloat16(1, shape, -2, 6);
    const stored = { relative: 2 ** -10 + 1e-5, absolute: 4e-6 };
    const options = { caps, float16: [0] };
    const [y, mean, variance] = await runOp(
      device,
      batchNormTraining,
      [halves, ...inputs.slice(1)],
      attrs,
      options,
    );
    const expected = reference.batchNormTraining(float64(halves), parameters);
    expectClose(mean.dataSync(), expected.mean);
    expectClose(variance.dataSync(), expected.variance);
    expectClose(y.dataSync(), expected.y, stored);
    const dy = uniformFloat16(4, shape);
    const wanted = reference.batchNormTrainingGrad(float64(dy), float64(halves), parameters);
    const [dx] = await gradOp(device, batchNormTraining, [halves, ...inputs.slice(1)], attrs, dy, options);
    expectClose(dx!.dataSync(), wanted.x, stored);
  });
});

it("applies an activation to what it stores, and differentiates through it", async () => {
  const shape = [3, 4, 4, 8];
  const [x, dy] = [uniform(1, shape, -2, 6), uniform(4, shape)];
  const attrs: BatchNormAttrs = { epsilon: 1e-3, scale: false, center: false, activation: "relu" };
  const parameters = { channels: 8, epsilon: 1e-3 };
  const z = reference.batchNormTraining(float64(x), parameters).y;
  const [y] = await runOp(device, batchNormTraining, [x], attrs);
  expectClose(
    y.dataSync(),
    z.map((v) => Math.max(v, 0)),
    { absolute: 3e-6 },
  );
  const dz = float64(dy).map((d, i) => (z[i] > 0 ? d : 0));
  const [dx] = await gradOp(device, batchNormTraining, [x], attrs, dy);
  const expected = reference.batchNormTrainingGrad(dz, float64(x), parameters);
  expectClose(dx!.dataSync(), expected.x, { relative: 1e-5, absolute: 2e-6 });
});

it("the reference gradients are those of finite differences", () => {
  const [x, dy] = [float64(uniform(1, [6, 3])), float64(uniform(2, [6, 3]))];
  const [gamma, beta] = [3, 4].map((seed) => float64(uniform(seed, [3])));
  const parameters = { channels: 3, gamma, beta, epsilon: 1e-3 };
  const grad = reference.batchNormTrainingGrad(dy, x, parameters);
  const numeric = {
    x: finiteDifference((at) => reference.batchNormTraining(at, parameters).y, x, dy),
    gamma: finiteDifference(
      (at) => reference.batchNormTraining(x, { ...parameters, gamma: at }).y,
      gamma,
      dy,
    ),
    beta: finiteDifference((at) => reference.batchNormTraining(x, { ...parameters, beta: at }).y, beta, dy),
  };
  expectClose(grad.x, numeric.x, { absolute: 1e-8 });
  expectClose(grad.gamma, numeric.gamma, { absolute: 1e-8 });
  expectClose(grad.beta, numeric.beta, { absolute: 1e-8 });
});

describe("the statistics", () => {
  const channels = 8;
  /** A batch of 32 after MobileNet's first convolution, fewer channels. */
  const shape = [32, 112, 112, channels];

  it("lose nothing over 401,408 rows, nor where the mean is large beside the deviation", async () => {
    // Channel c has mean 10^(c - 3) and deviation 0.3: from 0.001 to 10,000.
    const x = uniform(1, shape, -0.5, 0.5);
    const values = x.dataSync().map((value, i) => value + 10 ** ((i % channels) - 3));
    const shifted = tensor(values, shape);
    const attrs = { epsilon: 1e-3, scale: false, center: false };
    const [, mean, variance] = await runOp(device, batchNormTraining, [shifted], attrs);
    const expected = reference.momentsOf(float64(shifted), channels);
    expectClose(mean.dataSync(), expected.mean, { relative: 3e-7, absolute: 1e-7 });
    expectClose(variance.dataSync(), expected.variance, { relative: 2e-6, absolute: 2e-6 });
  });

  it("take as many launches as the tree has levels, each with invocations enough for a GPU", () => {
    const { ctx, launches } = recordLaunches(testCaps);
    const operands = [shape, [channels], [channels]].map((s, slot): Operand => ({ ...float32(...s), slot }));
    batchNormTraining.lower!(ctx, operands.slice(0, 1), operands, {
      epsilon: 1e-3,
      scale: false,
      center: false,
    });
    const names = launches.map(({ kernel }) => kernel.name);
    expect(names).toEqual(["moments", "moments_of_parts", "moments_last", "batch_norm"]);
    const [rows, parts, last] = launches.map(({ params }) => params!.parts);
    expect([rows, parts, last]).toEqual([6272, 98, 1]);
  });
});

it("moves the moving statistics by momentum, in place", async () => {
  const names = ["movingMean", "movingVariance", "mean", "variance"];
  const inputs = names.map((_, i) => uniform(i, [37], 0, 4));
  const after = await runMutating(device, movingStatisticsUpdate, inputs, { momentum: 0.9 });
  [0, 1].forEach((i) => {
    const expected = float64(inputs[i]).map((value, c) => value * 0.9 + inputs[i + 2].dataSync()[c] * 0.1);
    expectClose(after[i].dataSync(), expected);
    expect(after[i + 2].dataSync()).toEqual(inputs[i + 2].dataSync());
  });
});

it("says what it needs", () => {
  const attrs: BatchNormAttrs = { epsilon: 1e-3, scale: true, center: true };
  const infer = (...shapes: number[][]) =>
    batchNormTraining.infer(
      shapes.map((shape) => float32(...shape)),
      attrs,
    );
  expect(() => infer([2, 5], [5], [4])).toThrow(
    "batch_norm_training: expected beta float32 (5,), got float32 (4,)",
  );
  expect(() => infer([2, 5], [5])).toThrow("batch_norm_training: expected 3 inputs, got 2");
  expect(() =>
    batchNormTrainingGrad.infer(
      [[2, 4], [2, 5], [5], [5]].map((shape) => float32(...shape)),
      { epsilon: 1e-3, scale: false },
    ),
  ).toThrow("batch_norm_training_grad: expected dy, like x, float32 (2, 5), got float32 (2, 4)");
  expect(() =>
    movingStatisticsUpdate.infer(
      [3, 3, 4, 3].map((n) => float32(n)),
      { momentum: 0.9 },
    ),
  ).toThrow("moving_statistics_update: expected mean float32 (3,), got float32 (4,)");
});
