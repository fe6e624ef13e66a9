import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { crop2d, zeroPad2d } from "../../../src/kernels/shape/pad.js";
import type { Pads } from "../../../src/kernels/common/window2d.js";
import { finiteDifference } from "../../reference/finiteDifference.js";
import { pad2d } from "../../reference/pad.js";
import { uniform } from "../../reference/random.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, gradOp, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const variants: { shape: number[]; pads: Pads }[] = [
  { shape: [2, 3, 5, 3], pads: [1, 2, 3, 0] },
  { shape: [1, 4, 4, 8], pads: [0, 1, 0, 1] },
  { shape: [3, 1, 1, 1], pads: [0, 0, 0, 0] },
];

describe.each(variants)("zero_pad2d of $shape by $pads", ({ shape, pads }) => {
  const x = uniform(1, shape);
  const padded = pad2d(float64(x), shape, pads);
  const [{ shape: outShape }] = zeroPad2d.infer([x], { pads });

  it("agrees with the reference", async () => {
    const [y] = await runOp(device, zeroPad2d, [x], { pads });
    expect(y.dataSync()).toEqual(Float32Array.from(padded));
  });

  it("has a crop for a gradient, and crop2d a padding", async () => {
    const dy = uniform(2, outShape);
    const minus = pads.map((p) => -p);
    const cropped = Float32Array.from(pad2d(float64(dy), outShape, minus));
    const [dx] = await gradOp(device, zeroPad2d, [x], { pads }, dy);
    expect(dx!.dataSync()).toEqual(cropped);
    const [y] = await runOp(device, crop2d, [dy], { pads });
    expect(y.dataSync()).toEqual(cropped);
    const [back] = await gradOp(device, crop2d, [dy], { pads }, x);
    expect(back!.dataSync()).toEqual(Float32Array.from(padded));
  });
});

it("the reference gradient is that of finite differences", () => {
  const [x, dy] = [float64(uniform(1, [1, 2, 2, 2])), float64(uniform(2, [1, 3, 4, 2]))];
  const numeric = finiteDifference((at) => pad2d(at, [1, 2, 2, 2], [1, 0, 0, 2]), x, dy);
  expectClose(pad2d(dy, [1, 3, 4, 2], [-1, 0, 0, -2]), numeric, { absolute: 1e-9 });
});

it("refuses to crop everything away", () => {
  expect(() => crop2d.infer([uniform(1, [1, 2, 5, 1])], { pads: [1, 1, 0, 0] })).toThrow(
    "crop2d: expected pads that are ≥ 0 and leave something of x, got 1, 1, 0, 0 for x float32 (1, 2, 5, 1)",
  );
});
