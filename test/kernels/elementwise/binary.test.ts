import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import {
  add,
  addRelu,
  divide,
  greaterEqual,
  maximum,
  minimum,
  multiply,
  prelu,
  subtract,
} from "../../../src/kernels/elementwise/binary.js";
import { float32 } from "../../../src/kernels/op.js";
import { sizeOf, tensor, type Shape } from "../../../src/tensor.js";
import { binary, sumTo } from "../../reference/broadcast.js";
import { finiteDifference } from "../../reference/finiteDifference.js";
import { uniformFloat16 } from "../../reference/float16.js";
import { uniform } from "../../reference/random.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, gradOp, runOp, type RunOptions } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const functions: readonly [op: typeof add, f: (a: number, b: number) => number][] = [
  [add, (a, b) => a + b],
  [subtract, (a, b) => a - b],
  [multiply, (a, b) => a * b],
  [divide, (a, b) => a / b],
  [maximum, Math.max],
  [minimum, Math.min],
  [prelu, (a, b) => (a > 0 ? a : a * b)],
];

const shapes: { a: Shape; b: Shape; y: Shape; caps?: RunOptions["caps"] }[] = [
  { a: [3, 7, 11], b: [3, 7, 11], y: [3, 7, 11] },
  { a: [2, 5, 8], b: [2, 5, 8], y: [2, 5, 8] },
  { a: [1], b: [1], y: [1] },
  { a: [], b: [2, 3], y: [2, 3] },
  // Squeeze and excitation, either way round.
  { a: [2, 5, 4, 8], b: [2, 1, 1, 8], y: [2, 5, 4, 8] },
  { a: [2, 1, 1, 3], b: [2, 5, 4, 3], y: [2, 5, 4, 3] },
  // One for each channel, each row, and all.
  { a: [3, 5, 4, 12], b: [12], y: [3, 5, 4, 12] },
  { a: [3, 5, 4, 8], b: [3, 5, 4, 1], y: [3, 5, 4, 8] },
  { a: [3, 5, 4, 8], b: [1, 1, 1, 1], y: [3, 5, 4, 8] },
  { a: [1, 5, 1, 4], b: [1, 5, 3, 4], y: [1, 5, 3, 4] },
  // Each has what the other lacks.
  { a: [3, 1, 4], b: [5, 1], y: [3, 5, 4] },
  { a: [4, 1, 3, 1, 2], b: [1, 5, 1, 3, 1], y: [4, 5, 3, 3, 2] },
  // A sum of more than one level.
  { a: [2, 17, 16, 3], b: [2, 1, 1, 3], y: [2, 17, 16, 3] },
  { a: [2, 17, 16, 4], b: [4], y: [2, 17, 16, 4] },
  { a: [8, 4, 4, 16], b: [8, 1, 1, 16], y: [8, 4, 4, 16], caps: { maxStorageBufferBindingSize: 4096 } },
  { a: [8, 4, 4, 16], b: [1, 4, 4, 16], y: [8, 4, 4, 16], caps: { maxStorageBufferBindingSize: 4096 } },
];

describe.each(shapes)("$a with $b", ({ a: aShape, b: bShape, y: shape, caps }) => {
  const a = uniform(1, aShape, -2, 2);
  // Away from 0, by which divide divides.
  const b = tensor(
    uniform(2, bShape)
      .dataSync()
      .map((v) => v + Math.sign(v) * 0.5),
    bShape,
  );

  it.each(functions)("%o", async (op, f) => {
    const forward = (x: Float64Array, y: Float64Array) => binary(f, [x, aShape], [y, bShape], shape);
    const [y] = await runOp(device, op, [a, b], {}, { caps });
    expect(y.shape).toEqual(shape);
    expectClose(y.dataSync(), forward(float64(a), float64(b)));

    const dy = uniform(3, shape);
    const [da, db] = await gradOp(device, op, [a, b], {}, dy, { caps });
    // Each element of y depends on one of a, so all of a may be moved at once; and so for b.
    const h = 1e-6;
    const slopes = (moved: (by: number) => Float64Array, as: Shape) => {
      const [above, below] = [moved(h), moved(-h)];
      const parts = float64(dy).map((d, k) => (d * (above[k] - below[k])) / (2 * h));
      return sumTo(parts, shape, as);
    };
    const by = (x: Float64Array, change: number) => x.map((value) => value + change);
    const numeric = [
      slopes((change) => forward(by(float64(a), change), float64(b)), aShape),
      slopes((change) => forward(float64(a), by(float64(b), change)), bShape),
    ];
    const sums = Math.sqrt(sizeOf(shape));
    expectClose(da!.dataSync(), numeric[0], { relative: 1e-5, absolute: 1e-6 * sums });
    expectClose(db!.dataSync(), numeric[1], { relative: 1e-5, absolute: 1e-6 * sums });
  });
});

describe.each([
  { a: [2, 3, 3, 5], b: [2, 1, 1, 5] },
  { a: [2, 3, 3, 8], b: [8] },
])("float16 $a with $b", ({ a: aShape, b: bShape }) => {
  const stored = { relative: 2 ** -10 + 1e-5, absolute: 2e-6 };
  const a = uniformFloat16(1, aShape, -2, 2);
  const dy = uniformFloat16(3, aShape);

  it("and float16 give float16", async () => {
    const b = uniformFloat16(2, bShape);
    const both = { float16: [0, 1] };
    const [y] = await runOp(device, multiply, [a, b], {}, both);
    const forward = (x: Float64Array, by: Float64Array) =>
      binary((l, r) => l * r, [x, aShape], [by, bShape], aShape);
    expectClose(y.dataSync(), forward(float64(a), float64(b)), stored);
    const [da] = await gradOp(device, multiply, [a, b], {}, dy, both);
    expectClose(da!.dataSync(), forward(float64(dy), float64(b)), stored);
  });

  it("and float32, as of a variable, give float16, and a gradient in float32", async () => {
    const b = uniform(2, bShape);
    const [y] = await runOp(device, add, [a, b], {}, { float16: [0] });
    const sum = binary((l, r) => l + r, [float64(a), aShape], [float64(b), bShape], aShape);
    expectClose(y.dataSync(), sum, stored);
    expect(add.infer([{ shape: aShape, dtype: "float16" }, b], {})[0].dtype).toBe("float16");
    const [, db] = await gradOp(device, add, [a, b], {}, dy, { float16: [0] });
    const f = (by: Float64Array) => binary((l, r) => l + r, [float64(a), aShape], [by, bShape], aShape);
    expectClose(db!.dataSync(), finiteDifference(f, float64(b), float64(dy)), { absolute: 2e-5 });
  });
});

it("add_relu is the relu of the sum", async () => {
  const [a, b] = [uniform(1, [2, 5, 4, 7], -2, 2), uniform(2, [2, 1, 1, 7], -2, 2)];
  const [y] = await runOp(device, addRelu, [a, b], {});
  const relu = (l: number, r: number) => Math.max(l + r, 0);
  expectClose(y.dataSync(), binary(relu, [float64(a), a.shape], [float64(b), b.shape], a.shape));
});

it("greater_equal tells where it is so, and maximum and minimum give ties to the first, as TensorFlow", async () => {
  const [a, b] = [tensor([1, 2, 3]), tensor([2, 2, 2])];
  const [y] = await runOp(device, greaterEqual, [a, b], {});
  expect([...y.dataSync()]).toEqual([0, 1, 1]);
  const dy = tensor([1, 1, 1]);
  const [da, db] = await gradOp(device, maximum, [a, b], {}, dy);
  expect([...da!.dataSync()]).toEqual([0, 1, 1]);
  expect([...db!.dataSync()]).toEqual([1, 0, 0]);
  const [least] = await gradOp(device, minimum, [a, b], {}, dy);
  expect([...least!.dataSync()]).toEqual([1, 1, 0]);
});

it("says what it needs", () => {
  const infer = (a: Shape, b: Shape) => add.infer([float32(...a), float32(...b)], {});
  expect(() => infer([2, 3], [3, 2])).toThrow(
    "add: expected shapes that broadcast together, got (2, 3) and (3, 2)",
  );
  expect(() => infer([2, 3], [2])).toThrow("got (2, 3) and (2,)");
});

it("says so where the shapes leave more axes apart than the kernel has", async () => {
  const [a, b] = [uniform(1, [2, 1, 2, 1, 2, 1]), uniform(2, [1, 2, 1, 2, 1, 2])];
  await expect(runOp(device, add, [a, b], {})).rejects.toThrow(
    "add: (2, 2, 2, 2, 2, 2) takes 6 axes apart; at most 5 are supported",
  );
});
