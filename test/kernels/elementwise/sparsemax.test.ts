import { afterAll, beforeAll, describe, it } from "vitest";
import { sparsemax } from "../../../src/kernels/elementwise/sparsemax.js";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { tensor } from "../../../src/tensor.js";
import { finiteDifference } from "../../reference/finiteDifference.js";
import { uniformFloat16 } from "../../reference/float16.js";
import { uniform } from "../../reference/random.js";
import { sparsemax as reference, sparsemaxGrad } from "../../reference/sparsemax.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, gradOp, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

// Fewer, as many and more columns than the 64 invocations of a row.
describe.each([{ shape: [1, 1] }, { shape: [5, 3] }, { shape: [2, 3, 64] }, { shape: [3, 301] }])(
  "sparsemax on $shape",
  ({ shape }) => {
    const width = shape.at(-1)!;

    it.each([
      { type: "float32", draw: uniform, float16: [], relative: 2e-6 },
      { type: "float16", draw: uniformFloat16, float16: [0], relative: 2 ** -10 + 1e-5 },
    ])("agrees with the reference, and so does its gradient: $type", async ({ draw, float16, relative }) => {
      const [x, dy] = [draw(1, shape), draw(2, shape)];
      const close = { relative, absolute: 2e-6 };
      const [y] = await runOp(device, sparsemax, [x], {}, { float16 });
      expectClose(y.dataSync(), reference(float64(x), width), close);
      const [dx] = await gradOp(device, sparsemax, [x], {}, dy, { float16 });
      expectClose(dx!.dataSync(), sparsemaxGrad(float64(dy), float64(x), width), close);
    });
  },
);

it("the reference gradient is that of finite differences", () => {
  const [x, dy] = [float64(uniform(1, [3, 5])), float64(uniform(2, [3, 5]))];
  const numeric = finiteDifference((at) => reference(at, 5), x, dy);
  expectClose(sparsemaxGrad(dy, x, 5), numeric, { absolute: 1e-9 });
});

it("gives what Keras 3.15.1 printed", async () => {
  const x = tensor([-0.699781, -0.03631, 0.596568, 0.182872, -0.287966], [1, 5]);
  const dy = tensor([-0.488148, 0.48117, -0.830281, 0.118345, -0.327411], [1, 5]);
  const [y] = await runOp(device, sparsemax, [x], {});
  expectClose(y.dataSync(), [0, 0, 0.223522, 0, 0], { absolute: 2e-6 });
  const [dx] = await gradOp(device, sparsemax, [x], {}, dy);
  expectClose(dx!.dataSync(), [0, 0.27676, 0, 0.553521, 0], { absolute: 2e-6 });
});

it("puts equal elements in their order", async () => {
  const x = tensor([0.5, 0.5, -3, 0.5], [1, 4]);
  const [y] = await runOp(device, sparsemax, [x], {});
  expectClose(y.dataSync(), reference(float64(x), 4));
});
