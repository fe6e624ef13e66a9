import { afterAll, beforeAll, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import {
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
} from "../../../src/kernels/training/metrics.js";
import { tensor } from "../../../src/tensor.js";
import golden from "../../golden/losses.json" with { type: "json" };
import { uniform } from "../../reference/random.js";
import { expectClose } from "../../support/expectClose.js";
import { createTestDevice, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

it("binary accuracy is Keras's: strictly above the threshold", async () => {
  const inputs = [tensor(golden.y_true, [8, 1]), tensor(golden.y_pred, [8, 1])];
  const [accuracy] = await runOp(device, binaryAccuracy, inputs, { threshold: 0.5 });
  expect([...accuracy.dataSync()]).toEqual(golden.binary_accuracy);
});

it("binary accuracy is the share of a sample's outputs", async () => {
  const [yTrue, yPred] = [uniform(1, [3, 100], 0, 2), uniform(2, [3, 100], 0, 1)];
  const labels = tensor(yTrue.dataSync().map(Math.floor), [3, 100]);
  const right = (i: number) => Number(yPred.dataSync()[i] > 0.7) === labels.dataSync()[i];
  const expected = [0, 1, 2].map((row) => {
    const columns = Array.from({ length: 100 }, (_, j) => 100 * row + j);
    return columns.filter(right).length / 100;
  });
  const [accuracy] = await runOp(device, binaryAccuracy, [labels, yPred], { threshold: 0.7 });
  expectClose(accuracy.dataSync(), expected);
});

it.each([3, 64, 150])("categorical accuracy finds the class among %d", async (width) => {
  const rows = 12;
  const yPred = uniform(3, [rows, width]);
  const best = Array.from({ length: rows }, (_, row) => {
    const values = yPred.dataSync().subarray(row * width, (row + 1) * width);
    return values.indexOf(Math.max(...values));
  });
  // Every third label is wrong.
  const classes = best.map((c, row) => (row % 3 === 0 ? (c + 1) % width : c));
  const expected = best.map((_, row) => (row % 3 === 0 ? 0 : 1));
  const [sparse] = await runOp(device, sparseCategoricalAccuracy, [tensor(classes, [rows, 1]), yPred], {});
  expect([...sparse.dataSync()]).toEqual(expected);
  const hot = classes.flatMap((c) => Array.from({ length: width }, (_, j) => Number(j === c)));
  const [oneHot] = await runOp(device, categoricalAccuracy, [tensor(hot, [rows, width]), yPred], {});
  expect([...oneHot.dataSync()]).toEqual(expected);
});

it("the first of equal predictions counts", async () => {
  const yPred = tensor(new Float32Array(300).fill(-3), [2, 150]);
  const [accuracy] = await runOp(device, sparseCategoricalAccuracy, [tensor([0, 64], [2, 1]), yPred], {});
  expect([...accuracy.dataSync()]).toEqual([1, 0]);
});
