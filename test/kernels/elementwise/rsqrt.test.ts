import { afterAll, beforeAll, it } from "vitest";
import { rsqrt } from "../../../src/kernels/elementwise/rsqrt.js";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { tensor } from "../../../src/tensor.js";
import { finiteDifference } from "../../reference/finiteDifference.js";
import { uniform } from "../../reference/random.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, gradOp, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const least = 0.25;
const reference = (x: Float64Array) => x.map((value) => 1 / Math.sqrt(Math.max(value, least)));
const gradient = (dy: Float64Array, x: Float64Array) =>
  x.map((value, i) => (value >= least ? -0.5 * dy[i] * value ** -1.5 : 0));

it.each([{ shape: [1] }, { shape: [3, 7] }, { shape: [2, 3, 64] }])(
  "agrees with the reference on $shape, and so does its gradient",
  async ({ shape }) => {
    const [x, dy] = [uniform(1, shape, -1, 3), uniform(2, shape)];
    const [y] = await runOp(device, rsqrt, [x], { least });
    expectClose(y.dataSync(), reference(float64(x)));
    const [dx] = await gradOp(device, rsqrt, [x], { least }, dy);
    expectClose(dx!.dataSync(), gradient(float64(dy), float64(x)), { relative: 4e-6 });
  },
);

it("the reference gradient is that of finite differences", () => {
  const [x, dy] = [float64(uniform(1, [20], -1, 3)), float64(uniform(2, [20]))];
  expectClose(gradient(dy, x), finiteDifference(reference, x, dy), { absolute: 1e-8 });
});

it("is finite at 0, of the least that lengths count as", async () => {
  const x = tensor([0, 4], [2]);
  expectClose((await runOp(device, rsqrt, [x], { least: 1e-24 }))[0].dataSync(), [1e12, 0.5]);
  const [dx] = await gradOp(device, rsqrt, [x], { least: 1e-24 }, tensor([1, 1], [2]));
  expectClose(dx!.dataSync(), [0, -0.0625]);
});
