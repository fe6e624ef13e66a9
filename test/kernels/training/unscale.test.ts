import { afterAll, beforeAll, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { unscale } from "../../../src/kernels/training/unscale.js";
import { tensor } from "../../../src/tensor.js";
import { uniform } from "../../reference/random.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

it.each([{ shape: [] }, { shape: [13] }, { shape: [33, 40] }])(
  "divides $shape by the scale",
  async ({ shape }) => {
    const x = uniform(1, shape, -1e6, 1e6);
    const [y] = await runOp(device, unscale, [x, tensor([7, 1 / 3000, 7, 7])], {});
    const expected = float64(x).map((value) => value / 3000);
    expectClose(y.dataSync(), expected, { relative: 2e-7, absolute: 0 });
  },
);

it("says what it needs", () => {
  expect(() => unscale.infer([uniform(1, [4]), uniform(1, [1])], {})).toThrow(
    "unscale: expected hyper float32 (4,), got float32 (1,)",
  );
});
