import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { mean, sum } from "../../../src/kernels/shape/reduce.js";
import { tensor } from "../../../src/tensor.js";
import { uniform } from "../../reference/random.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, gradOp, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

describe.each([{ shape: [] }, { shape: [1] }, { shape: [20] }, { shape: [3, 5, 7, 11] }, { shape: [9000] }])(
  "mean and sum of $shape",
  ({ shape }) => {
    const x = uniform(1, shape);
    const total = float64(x).reduce((a, b) => a + b, 0);

    it("agree with float64", async () => {
      const [s] = await runOp(device, sum, [x], {});
      expect(s.shape).toEqual([]);
      expectClose(s.dataSync(), [total], { absolute: 2e-6 * Math.sqrt(x.size) });
      const [m] = await runOp(device, mean, [x], {});
      expectClose(m.dataSync(), [total / x.size]);
    });

    it("have a constant gradient", async () => {
      const dy = tensor([-2.5], []);
      const [ds] = await gradOp(device, sum, [x], {}, dy);
      expectClose(ds!.dataSync(), float64(x).fill(-2.5));
      const [dm] = await gradOp(device, mean, [x], {}, dy);
      expectClose(dm!.dataSync(), float64(x).fill(-2.5 / x.size));
    });
  },
);

it("sums a million numbers to float32 accuracy, which adding them one by one would not", async () => {
  const x = tensor(new Float32Array(1e6).fill(0.1), [1e6]);
  const exact = 1e6 * Math.fround(0.1);
  const [s] = await runOp(device, sum, [x], {});
  expectClose(s.dataSync(), [exact], { relative: 1e-6, absolute: 0 });
  const naive = x.dataSync().reduce((a, b) => Math.fround(a + b), 0);
  expect(Math.abs(naive - exact) / exact).toBeGreaterThan(1e-3);
});

it("sums in parts where x is larger than a binding", async () => {
  const x = uniform(2, [5001]);
  const [s] = await runOp(device, sum, [x], {}, { caps: { maxStorageBufferBindingSize: 2048 } });
  expectClose(s.dataSync(), [float64(x).reduce((a, b) => a + b, 0)], { absolute: 1e-4 });
});

it("refuses nothing at all", () => {
  expect(() => mean.infer([tensor([], [0])], {})).toThrow(
    "mean: expected x that is not empty, got float32 (0,)",
  );
});
