import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { logSoftmax, softmax } from "../../../src/kernels/elementwise/softmax.js";
import { tensor } from "../../../src/tensor.js";
import { finiteDifference } from "../../reference/finiteDifference.js";
import { uniform } from "../../reference/random.js";
import {
  logSoftmax as logReference,
  logSoftmaxGrad,
  softmax as reference,
  softmaxGrad,
} from "../../reference/softmax.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, gradOp, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

// Fewer, as many and more columns than the 64 invocations of a row.
describe.each([{ shape: [1, 1] }, { shape: [5, 3] }, { shape: [2, 3, 64] }, { shape: [3, 1000] }])(
  "softmax on $shape",
  ({ shape }) => {
    const width = shape.at(-1)!;
    const x = uniform(1, shape, -5, 5);

    it("agrees with the reference", async () => {
      const [y] = await runOp(device, softmax, [x], {});
      expectClose(y.dataSync(), reference(float64(x), width), { relative: 1e-5, absolute: 1e-8 });
    });

    it("log_softmax and its gradient agree with the reference", async () => {
      const y = logReference(float64(x), width);
      const [actual] = await runOp(device, logSoftmax, [x], {});
      expectClose(actual.dataSync(), y, { relative: 2e-6, absolute: 2e-6 });
      const dy = uniform(2, shape);
      const [dx] = await gradOp(device, logSoftmax, [x], {}, dy);
      expectClose(dx!.dataSync(), logSoftmaxGrad(float64(dy), y, width), { relative: 1e-5, absolute: 1e-5 });
    });

    it("has the gradient of the reference", async () => {
      const dy = uniform(2, shape);
      const expected = softmaxGrad(float64(dy), reference(float64(x), width), width);
      const [dx] = await gradOp(device, softmax, [x], {}, dy);
      expectClose(dx!.dataSync(), expected, { relative: 1e-5, absolute: 1e-7 });
    });
  },
);

it("the reference gradient is that of finite differences", () => {
  const [x, dy] = [float64(uniform(1, [3, 5])), float64(uniform(2, [3, 5]))];
  const numeric = finiteDifference((at) => reference(at, 5), x, dy);
  expectClose(softmaxGrad(dy, reference(x, 5), 5), numeric, { absolute: 1e-9 });
  const ofLogarithm = finiteDifference((at) => logReference(at, 5), x, dy);
  expectClose(logSoftmaxGrad(dy, logReference(x, 5), 5), ofLogarithm, { absolute: 1e-9 });
});

it("does not overflow", async () => {
  const [y] = await runOp(device, softmax, [tensor([1000, 1000, -1000, 0], [1, 4])], {});
  expectClose(y.dataSync(), [0.5, 0.5, 0, 0]);
  const [logs] = await runOp(device, logSoftmax, [tensor([1000, 1000, -1000, 0], [1, 4])], {});
  expectClose(logs.dataSync(), [-Math.LN2, -Math.LN2, -2000 - Math.LN2, -1000 - Math.LN2]);
});

it("works in parts where a tensor is larger than a binding, and on a folded grid", async () => {
  const x = uniform(3, [50, 10]);
  const caps = { maxStorageBufferBindingSize: 1280, maxComputeWorkgroupsPerDimension: 5 };
  const [y] = await runOp(device, softmax, [x], {}, { caps });
  expectClose(y.dataSync(), reference(float64(x), 10));
});

it("refuses a scalar", () => {
  expect(() => softmax.infer([tensor([1], [])], {})).toThrow("softmax: expected x with a last axis");
});
