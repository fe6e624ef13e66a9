import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resolvePads } from "../../../src/kernels/common/window2d.js";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { averagePool2d } from "../../../src/kernels/pool/averagePool2d.js";
import type { Pool2dAttrs } from "../../../src/kernels/pool/pool2d.js";
import { tensor } from "../../../src/tensor.js";
import { averagePool2d as reference, averagePool2dGrad } from "../../reference/averagePool.js";
import { finiteDifference } from "../../reference/finiteDifference.js";
import { uniformFloat16 } from "../../reference/float16.js";
import { pooledShape } from "../../reference/maxPool2d.js";
import { uniform } from "../../reference/random.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { itNeeds } from "../../support/needs.js";
import { createTestDevice, gradOp, runOp, type RunOptions } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const same = (shape: number[], pool: [number, number], strides: [number, number]): Pool2dAttrs => ({
  poolSize: pool,
  strides,
  pads: resolvePads("same", [shape[1], shape[2]], pool, strides),
});

const variants: { shape: number[]; attrs: Pool2dAttrs; caps?: RunOptions["caps"] }[] = [
  { shape: [2, 8, 6, 4], attrs: { poolSize: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] } },
  // A last row and column that no window covers.
  { shape: [1, 9, 7, 3], attrs: { poolSize: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] } },
  // InceptionV3's, with padding all around.
  { shape: [2, 7, 5, 8], attrs: same([2, 7, 5, 8], [3, 3], [1, 1]) },
  { shape: [1, 8, 6, 5], attrs: same([1, 8, 6, 5], [3, 3], [2, 2]) },
  { shape: [3, 7, 5, 12], attrs: same([3, 7, 5, 12], [3, 2], [2, 1]) },
  { shape: [1, 1, 1, 1], attrs: same([1, 1, 1, 1], [3, 3], [1, 1]) },
  // A row longer than a workgroup, and windows apart from one another.
  { shape: [1, 5, 33, 9], attrs: { poolSize: [1, 2], strides: [2, 3], pads: [0, 0, 1, 1] } },
  {
    shape: [5, 4, 4, 16],
    attrs: { poolSize: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] },
    caps: { maxStorageBufferBindingSize: 2048 },
  },
];

describe.each(variants)("average_pool2d of $shape by $attrs", ({ shape, attrs, caps }) => {
  const pooled = pooledShape(shape, attrs);

  it("agrees with the reference, and so does its gradient", async () => {
    const [x, dy] = [uniform(1, shape), uniform(2, pooled)];
    const [y] = await runOp(device, averagePool2d, [x], attrs, { caps });
    expect(y.shape).toEqual(pooled);
    expectClose(y.dataSync(), reference(float64(x), shape, attrs));
    const [dx] = await gradOp(device, averagePool2d, [x], attrs, dy, { caps });
    expectClose(dx!.dataSync(), averagePool2dGrad(float64(dy), shape, attrs));
  });

  itNeeds("shader-f16")("works on float16", async () => {
    const [x, dy] = [uniformFloat16(1, shape), uniformFloat16(2, pooled)];
    const stored = { relative: 2 ** -10 + 1e-5, absolute: 1e-6 };
    const options = { caps, float16: [0] };
    const [y] = await runOp(device, averagePool2d, [x], attrs, options);
    expectClose(y.dataSync(), reference(float64(x), shape, attrs), stored);
    const [dx] = await gradOp(device, averagePool2d, [x], attrs, dy, options);
    expectClose(dx!.dataSync(), averagePool2dGrad(float64(dy), shape, attrs), stored);
  });
});

it("the reference gradient is that of finite differences", () => {
  const shape = [1, 5, 6, 2];
  const attrs = same(shape, [3, 3], [2, 2]);
  const [x, dy] = [float64(uniform(1, shape)), float64(uniform(2, pooledShape(shape, attrs)))];
  const numeric = finiteDifference((at) => reference(at, shape, attrs), x, dy);
  expectClose(averagePool2dGrad(dy, shape, attrs), numeric, { absolute: 1e-9 });
});

it("leaves padding out of the mean: ones stay ones", async () => {
  const ones = tensor(new Float32Array(7 * 5).fill(1), [1, 7, 5, 1]);
  const [y] = await runOp(device, averagePool2d, [ones], same([1, 7, 5, 1], [3, 3], [2, 2]));
  expect(new Set(y.dataSync())).toEqual(new Set([1]));
});

it("says what it needs", () => {
  const attrs: Pool2dAttrs = { poolSize: [3, 3], strides: [1, 1], pads: [0, 0, 0, 0] };
  expect(() => averagePool2d.infer([uniform(1, [1, 2, 5, 1])], attrs)).toThrow(
    "average_pool2d: expected an image of at least 3×3 with its padding, got 2×5",
  );
  expect(() => averagePool2d.infer([uniform(1, [1, 5, 5, 1])], { ...attrs, pads: [0, 3, 0, 0] })).toThrow(
    "average_pool2d: expected pads smaller than the pool size 3×3, got 0, 3, 0, 0",
  );
});
