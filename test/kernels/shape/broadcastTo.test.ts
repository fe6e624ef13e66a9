import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { float32 } from "../../../src/kernels/op.js";
import { broadcastTo, sumTo } from "../../../src/kernels/shape/broadcastTo.js";
import { sizeOf, type Shape } from "../../../src/tensor.js";
import * as reference from "../../reference/broadcast.js";
import { finiteDifference } from "../../reference/finiteDifference.js";
import { uniformFloat16 } from "../../reference/float16.js";
import { uniform } from "../../reference/random.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, gradOp, runOp, type RunOptions } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const cases: { from: Shape; to: Shape; caps?: RunOptions["caps"] }[] = [
  { from: [2, 1, 1, 3], to: [2, 5, 4, 3] },
  { from: [2, 1, 1, 8], to: [2, 5, 4, 8] },
  { from: [7], to: [3, 5, 7] },
  { from: [3, 1], to: [3, 8] },
  { from: [], to: [2, 3] },
  { from: [2, 3], to: [2, 3] },
  { from: [1, 1], to: [1, 1] },
  { from: [1, 5, 1, 3, 1], to: [4, 5, 2, 3, 6] },
  // Two levels of sums, of several segments and of one.
  { from: [3, 1, 4], to: [3, 300, 4] },
  { from: [1, 5], to: [20000, 5] },
  { from: [64, 1, 16], to: [64, 4, 16], caps: { maxStorageBufferBindingSize: 4096 } },
];

describe.each(cases)("$from and $to", ({ from, to, caps }) => {
  it("broadcast_to repeats, and its gradient sums", async () => {
    const [x, dy] = [uniform(1, from), uniform(2, to)];
    const [y] = await runOp(device, broadcastTo, [x], { shape: to }, { caps });
    expect(y.shape).toEqual(to);
    expect(y.dataSync()).toEqual(Float32Array.from(reference.broadcastTo(float64(x), from, to)));
    const [dx] = await gradOp(device, broadcastTo, [x], { shape: to }, dy, { caps });
    const sums = { absolute: 1e-6 * Math.sqrt(sizeOf(to) / sizeOf(from)) };
    expectClose(dx!.dataSync(), reference.sumTo(float64(dy), to, from), sums);
  });

  it("sum_to sums, and its gradient repeats; float16, too", async () => {
    const [x, dy] = [uniformFloat16(1, to), uniformFloat16(2, from)];
    const expected = reference.sumTo(float64(x), to, from);
    const sums = { absolute: 1e-6 * Math.sqrt(sizeOf(to) / sizeOf(from)) };
    const [y] = await runOp(device, sumTo, [x], { shape: from }, { caps });
    expectClose(y.dataSync(), expected, sums);
    const [dx] = await gradOp(device, sumTo, [x], { shape: from }, dy, { caps });
    expect(dx!.dataSync()).toEqual(Float32Array.from(reference.broadcastTo(float64(dy), from, to)));

    const options = { caps, float16: [0] };
    const [halves] = await runOp(device, sumTo, [x], { shape: from }, options);
    expectClose(halves.dataSync(), expected, { relative: 2 ** -10, absolute: 1e-5 + sums.absolute });
    const [wide] = await runOp(device, sumTo, [x], { shape: from, dtype: "float32" }, options);
    expectClose(wide.dataSync(), expected, sums);
  });
});

it("the reference gradient is that of finite differences", () => {
  const [x, dy] = [float64(uniform(1, [2, 1, 3])), float64(uniform(2, [2, 4, 3]))];
  const numeric = finiteDifference((at) => reference.broadcastTo(at, [2, 1, 3], [2, 4, 3]), x, dy);
  expectClose(reference.sumTo(dy, [2, 4, 3], [2, 1, 3]), numeric, { absolute: 1e-9 });
});

it("says what it needs", () => {
  expect(() => broadcastTo.infer([float32(2, 3)], { shape: [2, 4] })).toThrow(
    "broadcast_to: expected shapes that broadcast together, got (2, 3) and (2, 4)",
  );
  expect(() => broadcastTo.infer([float32(2, 3)], { shape: [3] })).toThrow(
    "broadcast_to: expected a shape that broadcasts to (3,), got (2, 3)",
  );
});
