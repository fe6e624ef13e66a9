import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { activationGrad, relu, relu6, sigmoid } from "../../../src/kernels/elementwise/activation.js";
import { tensor } from "../../../src/tensor.js";
import { activationDerivatives, activations } from "../../reference/activation.js";
import { finiteDifference } from "../../reference/finiteDifference.js";
import { uniform } from "../../reference/random.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, gradOp, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

// An odd size takes the kernel of single elements, a multiple of four that of vectors; both leave a last workgroup part empty.
const shapes = [{ shape: [1, 7, 3, 13] }, { shape: [2, 5, 8, 4] }, { shape: [1] }];

describe.each([{ op: relu }, { op: relu6 }, { op: sigmoid }])("$op.name", ({ op }) => {
  const name = op.name as "relu" | "relu6" | "sigmoid";
  const f = (x: Float64Array) => x.map(activations[name]);

  it.each(shapes)("agrees with the reference on $shape", async ({ shape }) => {
    const x = uniform(1, shape, -9, 9);
    const [y] = await runOp(device, op, [x], {});
    expect(y.shape).toEqual(shape);
    expectClose(y.dataSync(), f(float64(x)));
  });

  it("has the gradient of the reference, which finite differences confirm", async () => {
    const x = uniform(2, [3, 37], -9, 9);
    const dy = uniform(3, [3, 37]);
    const y = f(float64(x));
    const expected = float64(dy).map((value, i) => value * activationDerivatives[name](y[i]));
    expectClose(expected, finiteDifference(f, float64(x), float64(dy)), { absolute: 1e-8 });
    const [dx] = await gradOp(device, op, [x], {}, dy);
    expectClose(dx!.dataSync(), expected);
  });
});

it("sigmoid neither overflows nor loses small results", async () => {
  const [y] = await runOp(device, sigmoid, [tensor([-80, -20, 0, 20, 80])], {});
  expectClose(y.dataSync(), [Math.exp(-80), Math.exp(-20), 0.5, 1, 1], { relative: 1e-5, absolute: 1e-38 });
});

it("passes no gradient at the corners", async () => {
  const y = tensor([0, 3, 6]);
  const dy = tensor([1, 1, 1]);
  const [relu6Grad] = await runOp(device, activationGrad, [dy, y], { activation: "relu6" });
  expect([...relu6Grad.dataSync()]).toEqual([0, 1, 0]);
  const [reluGrad] = await runOp(device, activationGrad, [dy, y], { activation: "relu" });
  expect([...reluGrad.dataSync()]).toEqual([0, 1, 1]);
});

it("walks a tensor in parts where it is larger than a binding or the grid", async () => {
  const x = uniform(4, [1003]);
  const caps = { maxStorageBufferBindingSize: 1024, maxComputeWorkgroupsPerDimension: 1 };
  const [odd] = await runOp(device, relu, [x], {}, { caps });
  expectClose(odd.dataSync(), f32relu(x.dataSync()));
  const wide = uniform(5, [64, 64]);
  const [folded] = await runOp(device, relu, [wide], {}, { caps: { maxComputeWorkgroupsPerDimension: 3 } });
  expectClose(folded.dataSync(), f32relu(wide.dataSync()));
});

function f32relu(x: Float32Array): Float32Array {
  return x.map(activations.relu);
}
