import { afterAll, beforeAll, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { clipByNorm, clipByValue } from "../../../src/kernels/training/clip.js";
import { uniform } from "../../reference/random.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

it.each([{ shape: [7] }, { shape: [60, 51] }, { shape: [40000] }])(
  "clip_by_norm scales $shape down to the norm",
  async ({ shape }) => {
    const x = uniform(1, shape);
    const norm = Math.sqrt(float64(x).reduce((sum, value) => sum + value * value, 0));
    const [y] = await runOp(device, clipByNorm, [x], { norm: norm / 3 });
    expectClose(
      y.dataSync(),
      float64(x).map((value) => value / 3),
      { relative: 5e-6 },
    );
  },
);

it("clip_by_norm leaves a smaller x as it is, zeros too", async () => {
  const x = uniform(2, [33]);
  const [y] = await runOp(device, clipByNorm, [x], { norm: 100 });
  expect(y.dataSync()).toEqual(x.dataSync());
  const zeros = uniform(2, [33], 0, 0);
  const [still] = await runOp(device, clipByNorm, [zeros], { norm: 1 });
  expect(still.dataSync()).toEqual(zeros.dataSync());
});

it("clip_by_value limits every element", async () => {
  const x = uniform(3, [101]);
  const [y] = await runOp(device, clipByValue, [x], { value: 0.25 });
  expectClose(
    y.dataSync(),
    float64(x).map((value) => Math.min(Math.max(value, -0.25), 0.25)),
  );
});
