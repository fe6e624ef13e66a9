import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { biasAdd } from "../../../src/kernels/elementwise/biasAdd.js";
import { finiteDifference } from "../../reference/finiteDifference.js";
import { uniform } from "../../reference/random.js";
import { sumRows } from "../../reference/sumRows.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, gradOp, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const add = (x: Float64Array, bias: Float64Array) => x.map((value, i) => value + bias[i % bias.length]);

describe.each([
  { shape: [2, 5, 7, 3] },
  { shape: [3, 4, 5, 16] },
  { shape: [1, 1] },
  { shape: [700, 5] },
  // Three levels of sums.
  { shape: [17000, 4] },
])("bias_add on $shape", ({ shape }) => {
  const channels = shape.at(-1)!;
  const x = uniform(1, shape);
  const bias = uniform(2, [channels]);

  it("agrees with the reference", async () => {
    const [y] = await runOp(device, biasAdd, [x, bias], {});
    expectClose(y.dataSync(), add(float64(x), float64(bias)));
  });

  it("has the gradients of the reference", async () => {
    const dy = uniform(3, shape);
    const [dx, dbias] = await gradOp(device, biasAdd, [x, bias], {}, dy);
    expect(dx!.dataSync()).toEqual(dy.dataSync());
    expectClose(dbias!.dataSync(), sumRows(float64(dy), channels), { absolute: 1e-5 });
  });
});

it("the reference gradient is that of finite differences", () => {
  const x = float64(uniform(1, [4, 3]));
  const dy = float64(uniform(2, [4, 3]));
  const numeric = finiteDifference((bias) => add(x, bias), float64(uniform(3, [3])), dy);
  expectClose(sumRows(dy, 3), numeric, { absolute: 1e-9 });
});

it.each([6, 8, 64])(
  "works in parts where a tensor of %d channels is larger than a binding",
  async (channels) => {
    const caps = { maxStorageBufferBindingSize: 4096 };
    const shape = [1000, channels];
    const [x, bias, dy] = [uniform(4, shape), uniform(5, [channels]), uniform(6, shape)];
    const [y] = await runOp(device, biasAdd, [x, bias], {}, { caps });
    expectClose(y.dataSync(), add(float64(x), float64(bias)));
    const [, dbias] = await gradOp(device, biasAdd, [x, bias], {}, dy, { caps });
    expectClose(dbias!.dataSync(), sumRows(float64(dy), channels), { absolute: 1e-5 });
  },
);

it("says what it needs", () => {
  expect(() => biasAdd.infer([uniform(1, [2, 3]), uniform(1, [4])], {})).toThrow(
    "bias_add: expected bias float32 (3,), got float32 (4,)",
  );
});
