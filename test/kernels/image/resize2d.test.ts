import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { resize2d, type Resize2dAttrs } from "../../../src/kernels/image/resize2d.js";
import { float32 } from "../../../src/kernels/op.js";
import { finiteDifference } from "../../reference/finiteDifference.js";
import { uniformFloat16 } from "../../reference/float16.js";
import { uniform } from "../../reference/random.js";
import { resize2d as reference, resize2dGrad } from "../../reference/resize2d.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, gradOp, runOp, type RunOptions } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const sizes: { shape: number[]; size: [number, number]; caps?: RunOptions["caps"] }[] = [
  { shape: [2, 3, 4, 2], size: [6, 12] },
  { shape: [1, 4, 5, 8], size: [7, 9] },
  { shape: [2, 8, 9, 3], size: [3, 4] },
  { shape: [1, 17, 5, 4], size: [4, 23] },
  { shape: [3, 1, 1, 1], size: [5, 1] },
  { shape: [1, 6, 7, 5], size: [1, 1] },
  { shape: [2, 5, 5, 3], size: [5, 5] },
  { shape: [1, 150, 100, 3], size: [224, 33] },
  { shape: [6, 4, 4, 16], size: [8, 8], caps: { maxStorageBufferBindingSize: 8192 } },
];
const ways: Omit<Resize2dAttrs, "size">[] = [
  { interpolation: "nearest" },
  { interpolation: "bilinear" },
  { interpolation: "bilinear", antialias: true },
  { interpolation: "bicubic" },
  { interpolation: "bicubic", antialias: true },
  { interpolation: "lanczos3" },
  { interpolation: "lanczos5", antialias: true },
];

describe.each(ways)("resize2d, $interpolation, antialias $antialias", (way) => {
  it.each(sizes)("from $shape to $size", async ({ shape, size, caps }) => {
    const attrs = { ...way, size };
    const pooled = [shape[0], ...size, shape[3]];
    for (const { draw, float16, relative } of [
      { draw: uniform, float16: [], relative: 2e-6 },
      { draw: uniformFloat16, float16: [0], relative: 2 ** -10 + 1e-5 },
    ]) {
      const [x, dy] = [draw(1, shape), draw(2, pooled)];
      const [y] = await runOp(device, resize2d, [x], attrs, { caps, float16 });
      expect(y.shape).toEqual(pooled);
      // Positions are of float32: some 1e-7 of the length of an axis.
      const close = { relative, absolute: 2e-5 };
      expectClose(y.dataSync(), reference(float64(x), shape, attrs), close);
      const [dx] = await gradOp(device, resize2d, [x], attrs, dy, { caps, float16 });
      expectClose(dx!.dataSync(), resize2dGrad(float64(dy), shape, attrs), close);
    }
  });

  it("the reference gradient is that of finite differences", () => {
    const [shape, attrs] = [[1, 4, 5, 2], { ...way, size: [3, 7] as const }];
    const [x, dy] = [float64(uniform(1, shape)), float64(uniform(2, [1, 3, 7, 2]))];
    const numeric = finiteDifference((at) => reference(at, shape, attrs), x, dy);
    expectClose(resize2dGrad(dy, shape, attrs), numeric, { absolute: 1e-9 });
  });
});

it("repeats pixels by whole factors, and takes the middle of three", async () => {
  const x = uniform(1, [1, 1, 3, 1]);
  const [a, b, c] = x.dataSync();
  const nearest = { interpolation: "nearest" } as const;
  const [wide] = await runOp(device, resize2d, [x], { ...nearest, size: [1, 6] });
  expect([...wide.dataSync()]).toEqual([a, a, b, b, c, c]);
  const [one] = await runOp(device, resize2d, [x], { ...nearest, size: [1, 1] });
  expect([...one.dataSync()]).toEqual([b]);
});

it("says what it needs", () => {
  const attrs = { size: [0, 3], interpolation: "nearest" } as const;
  expect(() => resize2d.infer([float32(1, 4, 4, 3)], attrs)).toThrow(
    "resize2d: expected sizes of at least 1, got 4×4 to 0×3",
  );
});
