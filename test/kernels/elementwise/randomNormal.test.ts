import { afterAll, beforeAll, expect, it } from "vitest";
import { randomNormal } from "../../../src/kernels/elementwise/randomNormal.js";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { tensor } from "../../../src/tensor.js";
import { randomNormal as reference } from "../../reference/randomNormal.js";
import { expectClose } from "../../support/expectClose.js";
import { createTestDevice, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

async function draw(step: number, attrs: Parameters<typeof reference>[2] & { shape: number[] }) {
  const [y] = await runOp(device, randomNormal, [tensor(new Uint32Array([step]), [1])], attrs);
  return y.dataSync() as Float32Array;
}

it.each([
  { shape: [1], step: 0, mean: 0, deviation: 1, seed: 0, node: 0 },
  { shape: [3, 335], step: 2 ** 32 - 1, mean: -2, deviation: 0.5, seed: Number.MAX_SAFE_INTEGER, node: 7 },
])("draws $shape as the reference does", async ({ step, ...attrs }) => {
  const elements = attrs.shape.reduce((a, b) => a * b);
  // sin and cos of a GPU are exact to 2^-11 where WGSL asks for no more.
  expectClose(await draw(step, attrs), reference(elements, step, attrs), { absolute: 1e-3 });
});

it("has the mean and the deviation asked for, and other numbers at every step, seed and node", async () => {
  const n = 40_000;
  const attrs = { shape: [n], mean: 1, deviation: 2, seed: 3, node: 4 };
  const first = await draw(5, attrs);
  const mean = first.reduce((sum, x) => sum + x, 0) / n;
  const variance = first.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
  // Five standard deviations of either.
  expect(Math.abs(mean - 1)).toBeLessThan((5 * 2) / Math.sqrt(n));
  expect(Math.abs(variance / 4 - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
  const others = [
    await draw(6, attrs),
    await draw(5, { ...attrs, seed: 4 }),
    await draw(5, { ...attrs, node: 5 }),
  ];
  for (const other of others) {
    const product = other.reduce((sum, x, i) => sum + ((x - 1) * (first[i] - 1)) / 4, 0) / n;
    expect(Math.abs(product)).toBeLessThan(5 / Math.sqrt(n));
  }
});
