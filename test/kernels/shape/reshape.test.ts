import { afterAll, beforeAll, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { reshape } from "../../../src/kernels/shape/reshape.js";
import { uniform } from "../../reference/random.js";
import { createTestDevice, gradOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

it("keeps the order of the elements, and gives the gradient x's shape", async () => {
  const x = uniform(1, [2, 3, 4]);
  expect(reshape.infer([x], { shape: [6, 4] })).toEqual([{ shape: [6, 4], dtype: "float32" }]);
  const dy = uniform(2, [6, 4]);
  const [dx] = await gradOp(device, reshape, [x], { shape: [6, 4] }, dy);
  expect(dx!.shape).toEqual([2, 3, 4]);
  expect(dx!.dataSync()).toEqual(dy.dataSync());
});

it("refuses another size", () => {
  expect(() => reshape.infer([uniform(1, [2, 3])], { shape: [7] })).toThrow(
    "reshape: expected a shape of 6 elements, as x (2, 3) has, got (7,)",
  );
});
