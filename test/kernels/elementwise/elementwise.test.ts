import { afterAll, beforeAll, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { add, multiply } from "../../../src/kernels/elementwise/binary.js";
import { fill, scale } from "../../../src/kernels/elementwise/elementwise.js";
import { uniform } from "../../reference/random.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, gradOp, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const shapes = [{ shape: [1] }, { shape: [3, 7, 11] }, { shape: [2, 4, 600] }];

it.each(shapes)("add and multiply agree with arithmetic on $shape", async ({ shape }) => {
  const [a, b] = [uniform(1, shape), uniform(2, shape)];
  const [sum] = await runOp(device, add, [a, b], {});
  expectClose(
    sum.dataSync(),
    float64(a).map((value, i) => value + b.dataSync()[i]),
  );
  const [product] = await runOp(device, multiply, [a, b], {});
  expectClose(
    product.dataSync(),
    float64(a).map((value, i) => value * b.dataSync()[i]),
  );
});

it("add passes its gradient to both sides, multiply the other factor's share", async () => {
  const [a, b, dy] = [uniform(1, [5, 3]), uniform(2, [5, 3]), uniform(3, [5, 3])];
  const sum = await gradOp(device, add, [a, b], {}, dy);
  expect(sum[0]!.dataSync()).toEqual(dy.dataSync());
  expect(sum[1]!.dataSync()).toEqual(dy.dataSync());
  const product = await gradOp(device, multiply, [a, b], {}, dy);
  expectClose(
    product[0]!.dataSync(),
    float64(dy).map((value, i) => value * b.dataSync()[i]),
  );
  expectClose(
    product[1]!.dataSync(),
    float64(dy).map((value, i) => value * a.dataSync()[i]),
  );
});

it.each(shapes)("scale multiplies, and so does its gradient, on $shape", async ({ shape }) => {
  const x = uniform(1, shape);
  const expected = float64(x).map((value) => -0.3 * value);
  const [y] = await runOp(device, scale, [x], { factor: -0.3 });
  expectClose(y.dataSync(), expected);
  const [dx] = await gradOp(device, scale, [x], { factor: -0.3 }, x);
  expectClose(dx!.dataSync(), expected);
});

it.each([...shapes, { shape: [] }])("fill fills $shape", async ({ shape }) => {
  const [y] = await runOp(device, fill, [], { shape, value: 0.1 });
  expect(y.shape).toEqual(shape);
  expect(new Set(y.dataSync())).toEqual(new Set([Math.fround(0.1)]));
});
