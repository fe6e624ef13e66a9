import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { maxPool2d, type MaxPool2dAttrs } from "../../../src/kernels/pool/maxPool2d.js";
import { Graph } from "../../../src/graph/graph.js";
import { compile } from "../../../src/graph/compile.js";
import { tensor } from "../../../src/tensor.js";
import { finiteDifference } from "../../reference/finiteDifference.js";
import { maxPool2d as reference, maxPool2dGrad, pooledShape } from "../../reference/maxPool2d.js";
import { uniform } from "../../reference/random.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, gradOp, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const plain: MaxPool2dAttrs = { poolSize: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] };
const overlapping: MaxPool2dAttrs = { poolSize: [3, 3], strides: [2, 2], pads: [0, 1, 1, 1] };
const skewed: MaxPool2dAttrs = { poolSize: [3, 2], strides: [1, 3], pads: [2, 0, 0, 1] };

const variants: { shape: number[]; attrs: MaxPool2dAttrs }[] = [
  { shape: [2, 8, 6, 4], attrs: plain },
  // A last row and column that no window covers.
  { shape: [1, 9, 7, 3], attrs: plain },
  { shape: [2, 9, 8, 12], attrs: overlapping },
  { shape: [3, 7, 11, 5], attrs: skewed },
  { shape: [1, 5, 4, 6], attrs: { poolSize: [5, 4], strides: [5, 4], pads: [0, 0, 0, 0] } },
];

describe.each(variants)("max_pool2d of $shape by $attrs", ({ shape, attrs }) => {
  const x = uniform(1, shape);
  const expected = reference(float64(x), shape, attrs);

  it("agrees with the reference", async () => {
    const [y, argmax] = await runOp(device, maxPool2d, [x], attrs);
    expect(y.shape).toEqual(pooledShape(shape, attrs));
    expect(y.dataSync()).toEqual(Float32Array.from(expected.y));
    expect(argmax.dataSync()).toEqual(Uint32Array.from(expected.argmax));
  });

  it("has the gradient of the reference", async () => {
    const dy = uniform(2, pooledShape(shape, attrs));
    const [dx] = await gradOp(device, maxPool2d, [x], attrs, dy);
    expectClose(dx!.dataSync(), maxPool2dGrad(float64(dy), expected.argmax, shape, attrs));
  });
});

it("the reference gradient is that of finite differences", () => {
  const shape = [1, 5, 6, 2];
  const [x, dy] = [float64(uniform(1, shape)), float64(uniform(2, pooledShape(shape, overlapping)))];
  const numeric = finiteDifference((at) => reference(at, shape, overlapping).y, x, dy);
  const { argmax } = reference(x, shape, overlapping);
  expectClose(maxPool2dGrad(dy, argmax, shape, overlapping), numeric, { absolute: 1e-9 });
});

it("takes the first of equal maxima, and no padding where all is negative", async () => {
  const x = tensor(new Float32Array(9).fill(-1), [1, 3, 3, 1]);
  const [y, argmax] = await runOp(device, maxPool2d, [x], { ...plain, pads: [1, 0, 1, 0] });
  expect([...y.dataSync()]).toEqual([-1, -1, -1, -1]);
  // In the corner the first element inside the image is the window's last.
  expect([...argmax.dataSync()]).toEqual([3, 2, 1, 0]);
});

it("keeps no argmax where nothing reads it", async () => {
  const x = uniform(1, [1, 4, 4, 3]);
  const graph = new Graph();
  const [y] = graph.apply(maxPool2d, [graph.input("x", x)], plain);
  const program = await compile(device, graph, { y });
  expect(program.toString()).not.toContain("max_pool2d_argmax");
  const result = await program.run({ x: x.dataSync() });
  program.destroy();
  expect(result.y).toEqual(Float32Array.from(reference(float64(x), x.shape, plain).y));
});

it("works in parts where a batch is larger than a binding", async () => {
  const shape = [7, 4, 4, 16];
  const options = { caps: { maxStorageBufferBindingSize: 2048 } };
  const [x, dy] = [uniform(3, shape), uniform(4, pooledShape(shape, plain))];
  const expected = reference(float64(x), shape, plain);
  const [y, argmax] = await runOp(device, maxPool2d, [x], plain, options);
  expect(y.dataSync()).toEqual(Float32Array.from(expected.y));
  expect(argmax.dataSync()).toEqual(Uint32Array.from(expected.argmax));
  const [dx] = await gradOp(device, maxPool2d, [x], plain, dy, options);
  expectClose(dx!.dataSync(), maxPool2dGrad(float64(dy), expected.argmax, shape, plain));
});

it("says so where the parts of a batch cannot be bound", async () => {
  const options = { caps: { maxStorageBufferBindingSize: 2048 } };
  const run = runOp(device, maxPool2d, [uniform(3, [7, 5, 5, 3])], plain, options);
  await expect(run).rejects.toThrow("max_pool2d: 64 × 300 bytes do not fit a storage binding of 2048 bytes");
});

it("says what it needs", () => {
  expect(() => maxPool2d.infer([uniform(1, [1, 1, 5, 1])], plain)).toThrow(
    "max_pool2d: expected an image of at least 2×2 with its padding, got 1×5",
  );
  expect(() => maxPool2d.infer([uniform(1, [1, 4, 4, 1])], { ...plain, pads: [2, 0, 0, 0] })).toThrow(
    "max_pool2d: expected pads smaller than the pool size 2×2, got 2, 0, 0, 0",
  );
});
