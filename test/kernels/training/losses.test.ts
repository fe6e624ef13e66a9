import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import {
  binaryCrossentropy,
  binaryCrossentropyFromLogits,
  categoricalCrossentropy,
  categoricalCrossentropyFromLogits,
  sparseCategoricalCrossentropy,
  sparseCategoricalCrossentropyFromLogits,
} from "../../../src/kernels/training/losses.js";
import { tensor, type Tensor } from "../../../src/tensor.js";
import golden from "../../golden/losses.json" with { type: "json" };
import { finiteDifference } from "../../reference/finiteDifference.js";
import * as reference from "../../reference/losses.js";
import { mulberry32 } from "../../../src/models/random.js";
import { uniform } from "../../reference/random.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, gradOp, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

it("binary cross-entropy is Keras's, clipped ends included", async () => {
  const inputs = [tensor(golden.y_true, [8, 1]), tensor(golden.y_pred, [8, 1])];
  const [loss] = await runOp(device, binaryCrossentropy, inputs, {});
  expectClose(loss.dataSync(), golden.bce_per_sample, { absolute: 1e-12 });
});

it("categorical cross-entropy is Keras's, from one-hot rows and from class indices", async () => {
  const prediction = tensor(golden.cat_pred, [3, 3]);
  const [loss] = await runOp(
    device,
    categoricalCrossentropy,
    [tensor(golden.cat_true, [3, 3]), prediction],
    {},
  );
  expectClose(loss.dataSync(), golden.cce);
  const classes = tensor([1, 0, 2], [3, 1]);
  const [sparse] = await runOp(device, sparseCategoricalCrossentropy, [classes, prediction], {});
  expectClose(sparse.dataSync(), golden.cce);
});

describe.each([
  { op: binaryCrossentropy, fromLogits: false, rows: 20, width: 1 },
  { op: binaryCrossentropy, fromLogits: false, rows: 3, width: 130 },
  { op: binaryCrossentropyFromLogits, fromLogits: true, rows: 20, width: 1 },
  { op: binaryCrossentropyFromLogits, fromLogits: true, rows: 1, width: 67 },
])("$op.name on [$rows, $width]", ({ op, fromLogits, rows, width }) => {
  const shape = [rows, width];
  const yTrue = uniform(1, shape, 0, 1);
  const prediction = fromLogits ? uniform(2, shape, -15, 15) : uniform(2, shape, 0, 1);
  const dy = uniform(3, [rows]);

  it("agrees with the reference", async () => {
    const [loss] = await runOp(device, op, [yTrue, prediction], {});
    const expected = reference.binaryCrossentropy(float64(yTrue), float64(prediction), width, fromLogits);
    expectClose(loss.dataSync(), expected);
  });

  it("has the gradient of the reference, which finite differences confirm", async () => {
    const [y, p] = [float64(yTrue), float64(prediction)];
    const expected = reference.binaryCrossentropyGrad(float64(dy), y, p, width, fromLogits);
    const numeric = finiteDifference(
      (at) => reference.binaryCrossentropy(y, at, width, fromLogits),
      p,
      float64(dy),
      1e-6,
    );
    expectClose(expected, numeric, { relative: 1e-5, absolute: 1e-7 });
    const [none, grad] = await gradOp(device, op, [yTrue, prediction], {}, dy, { needs: [false, true] });
    expect(none).toBeUndefined();
    expectClose(grad!.dataSync(), expected, { relative: 1e-5 });
  });
});

function classesOf(rows: number, width: number): Tensor<"float32"> {
  const next = mulberry32(9);
  return tensor(
    Float32Array.from({ length: rows }, () => Math.floor(width * next())),
    [rows, 1],
  );
}

describe.each([
  { op: categoricalCrossentropy, fromLogits: false, sparse: false },
  { op: categoricalCrossentropyFromLogits, fromLogits: true, sparse: false },
  { op: sparseCategoricalCrossentropy, fromLogits: false, sparse: true },
  { op: sparseCategoricalCrossentropyFromLogits, fromLogits: true, sparse: true },
])("$op.name", ({ op, fromLogits, sparse }) => {
  it.each([
    [5, 3],
    [1, 200],
  ])("agrees with the reference on [%d, %d], and so does its gradient", async (rows, width) => {
    const classes = classesOf(rows, width);
    const hot = reference.oneHot(classes.dataSync(), width);
    const yTrue = sparse ? classes : tensor(Float32Array.from(hot), [rows, width]);
    // Probabilities that do not sum to 1: the loss divides by their sum.
    const prediction = fromLogits ? uniform(2, [rows, width], -9, 9) : uniform(2, [rows, width], 0.01, 1);
    const p = float64(prediction);
    const [loss] = await runOp(device, op, [yTrue, prediction], {});
    const expectedLoss = reference.categoricalCrossentropy(hot, p, width, fromLogits);
    expectClose(loss.dataSync(), expectedLoss, { relative: 5e-6 });
    const dy = uniform(3, [rows]);
    const expected = reference.categoricalCrossentropyGrad(float64(dy), hot, p, width, fromLogits);
    const numeric = finiteDifference(
      (at) => reference.categoricalCrossentropy(hot, at, width, fromLogits),
      p,
      float64(dy),
    );
    expectClose(expected, numeric, { relative: 1e-5, absolute: 1e-7 });
    const [, grad] = await gradOp(device, op, [yTrue, prediction], {}, dy, { needs: [false, true] });
    expectClose(grad!.dataSync(), expected, { relative: 1e-5 });
  });
});

it("clipping passes no gradient outside its interval", async () => {
  const needs = [false, true];
  const [yTrue, yPred] = [tensor([1, 1, 0, 0], [4, 1]), tensor([0, 0.5, 1, 1e-8], [4, 1])];
  const [, binary] = await gradOp(device, binaryCrossentropy, [yTrue, yPred], {}, tensor([1, 1, 1, 1]), {
    needs,
  });
  expectClose(binary!.dataSync(), [0, -2, 0, 0]);
  const hot = tensor([1, 0, 0, 1], [2, 2]);
  const probabilities = tensor([0, 1, 0.5, 0.5], [2, 2]);
  const [, categorical] = await gradOp(
    device,
    categoricalCrossentropy,
    [hot, probabilities],
    {},
    tensor([1, 1]),
    {
      needs,
    },
  );
  expectClose(categorical!.dataSync(), [0, 0, 1, -1]);
});

it("stays finite on large logits", async () => {
  const logits = tensor([200, -200, 200, -200], [4, 1]);
  const [loss] = await runOp(
    device,
    binaryCrossentropyFromLogits,
    [tensor([1, 1, 0, 0], [4, 1]), logits],
    {},
  );
  expectClose(loss.dataSync(), [0, 200, 200, 0]);
  const rows = tensor([500, -500, 0, 500, -500, 0], [2, 3]);
  const [sparse] = await runOp(
    device,
    sparseCategoricalCrossentropyFromLogits,
    [tensor([0, 1], [2, 1]), rows],
    {},
  );
  expectClose(sparse.dataSync(), [0, 1000]);
});

it("says what it needs", () => {
  expect(() => sparseCategoricalCrossentropy.infer([tensor([1, 2]), uniform(1, [2, 3])], {})).toThrow(
    "sparse_categorical_crossentropy: expected yTrue float32 (2, 1), got float32 (2,)",
  );
});
