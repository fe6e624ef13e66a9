import { afterAll, beforeAll, describe, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { globalAveragePool2d } from "../../../src/kernels/pool/globalAveragePool2d.js";
import { globalAveragePool2d as reference, globalAveragePool2dGrad } from "../../reference/averagePool.js";
import { finiteDifference } from "../../reference/finiteDifference.js";
import { uniform } from "../../reference/random.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, gradOp, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

describe.each([{ shape: [1, 1, 1, 1] }, { shape: [3, 7, 5, 11] }, { shape: [5, 4, 4, 64] }])(
  "global_average_pool2d on $shape",
  ({ shape }) => {
    const x = uniform(1, shape);
    const pooled = [shape[0], shape[3]];

    it("agrees with the reference", async () => {
      const [y] = await runOp(device, globalAveragePool2d, [x], {});
      expectClose(y.dataSync(), reference(float64(x), shape));
    });

    it("has the gradient of the reference", async () => {
      const dy = uniform(2, pooled);
      const [dx] = await gradOp(device, globalAveragePool2d, [x], {}, dy);
      expectClose(dx!.dataSync(), globalAveragePool2dGrad(float64(dy), shape));
    });
  },
);

it("the reference gradient is that of finite differences", () => {
  const shape = [2, 3, 2, 2];
  const [x, dy] = [float64(uniform(1, shape)), float64(uniform(2, [2, 2]))];
  const numeric = finiteDifference((at) => reference(at, shape), x, dy);
  expectClose(globalAveragePool2dGrad(dy, shape), numeric, { absolute: 1e-9 });
});

it("works in parts where a batch is larger than a binding", async () => {
  const shape = [6, 3, 3, 64];
  const [x, dy] = [uniform(3, shape), uniform(4, [6, 64])];
  const options = { caps: { maxStorageBufferBindingSize: 4 * 4 * 9 * 64 } };
  const [y] = await runOp(device, globalAveragePool2d, [x], {}, options);
  expectClose(y.dataSync(), reference(float64(x), shape));
  const [dx] = await gradOp(device, globalAveragePool2d, [x], {}, dy, options);
  expectClose(dx!.dataSync(), globalAveragePool2dGrad(float64(dy), shape));
});
