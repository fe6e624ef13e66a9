import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { float32 } from "../../../src/kernels/op.js";
import { transpose } from "../../../src/kernels/shape/transpose.js";
import { finiteDifference } from "../../reference/finiteDifference.js";
import { uniformFloat16 } from "../../reference/float16.js";
import { uniform } from "../../reference/random.js";
import { transpose as reference } from "../../reference/transpose.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, gradOp, runOp, type RunOptions } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const cases: { shape: number[]; permutation: number[]; caps?: RunOptions["caps"] }[] = [
  { shape: [2, 3, 4], permutation: [0, 2, 1] },
  { shape: [2, 3, 4, 5], permutation: [0, 3, 1, 2] },
  // The last axis stays, so that four neighbours stay together.
  { shape: [3, 5, 2, 8], permutation: [0, 2, 1, 3] },
  { shape: [3, 1, 4], permutation: [1, 2, 0] },
  { shape: [7], permutation: [0] },
  { shape: [2, 3, 2, 3, 2], permutation: [4, 3, 2, 1, 0] },
  // The result in ranges of its first axis, which is not x's.
  { shape: [4, 16, 8], permutation: [1, 0, 2], caps: { maxStorageBufferBindingSize: 2048 } },
];

describe.each(cases)("transpose of $shape by $permutation", ({ shape, permutation, caps }) => {
  const back = permutation.map((_, axis) => permutation.indexOf(axis));

  it.each([
    { type: "float32", draw: uniform, float16: [] },
    { type: "float16", draw: uniformFloat16, float16: [0] },
  ])("moves every element, and its gradient moves it back: $type", async ({ draw, float16 }) => {
    const x = draw(1, shape);
    const [y] = await runOp(device, transpose, [x], { permutation }, { caps, float16 });
    expect(y.shape).toEqual(permutation.map((axis) => shape[axis]));
    expect(y.dataSync()).toEqual(Float32Array.from(reference(float64(x), shape, permutation)));
    const dy = draw(2, y.shape);
    const [dx] = await gradOp(device, transpose, [x], { permutation }, dy, { caps, float16 });
    expect(dx!.dataSync()).toEqual(Float32Array.from(reference(float64(dy), y.shape, back)));
  });
});

it("the reference gradient is that of finite differences", () => {
  const [x, dy] = [float64(uniform(1, [2, 3, 2])), float64(uniform(2, [3, 2, 2]))];
  const numeric = finiteDifference((at) => reference(at, [2, 3, 2], [1, 2, 0]), x, dy);
  expectClose(reference(dy, [3, 2, 2], [2, 0, 1]), numeric, { absolute: 1e-9 });
});

it("says what it needs", () => {
  expect(() => transpose.infer([float32(2, 3)], { permutation: [0, 0] })).toThrow(
    "transpose: expected each axis of x (2, 3) once, got 0, 0",
  );
});
