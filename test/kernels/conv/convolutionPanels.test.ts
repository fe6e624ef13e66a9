/** Convolutions and their gradients by the workgroup kernel as GPUs run it: each panel's steps as straight-line code. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { conv2d } from "../../../src/kernels/conv/conv2d.js";
import { convolutionShape } from "../../../src/kernels/conv/convolution.js";
import { dilatedSize, resolvePads, type Size2d } from "../../../src/kernels/common/window2d.js";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { float32, specOf } from "../../../src/kernels/op.js";
import type { Shape } from "../../../src/tensor.js";
import { groupedConv2d, groupedConv2dGrad } from "../../reference/groupedConv2d.js";
import { uniform } from "../../reference/random.js";
import { testCaps } from "../../support/caps.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { recordLaunches } from "../../support/lowering.js";
import { createTestDevice, gradOp, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

interface Case {
  x: Shape;
  kernel: Shape;
  strides: Size2d;
  dilations: Size2d;
  /** Whether the convolution's k is whole panels. */
  whole: boolean;
}

const cases: Case[] = [
  { x: [2, 9, 7, 16], kernel: [3, 3, 16, 20], strides: [1, 1], dilations: [1, 1], whole: true },
  { x: [1, 10, 13, 32], kernel: [2, 3, 32, 16], strides: [2, 3], dilations: [1, 1], whole: true },
  { x: [2, 13, 12, 4], kernel: [3, 2, 4, 8], strides: [6, 1], dilations: [1, 3], whole: false },
  { x: [3, 5, 4, 3], kernel: [3, 3, 3, 5], strides: [2, 2], dilations: [1, 1], whole: false },
  // Rows of output pixels that are shorter than a panel, and images.
  { x: [9, 2, 1, 8], kernel: [1, 1, 8, 12], strides: [1, 1], dilations: [1, 1], whole: false },
];

describe("by the workgroup kernel as on a GPU", () => {
  const gpu = { subgroupSize: 0, software: false };

  it.each(cases)("%j", async ({ whole, ...c }) => {
    const covered = dilatedSize([c.kernel[0], c.kernel[1]], c.dilations);
    const pads = resolvePads("same", [c.x[1], c.x[2]], covered, c.strides);
    const window = { strides: c.strides, pads, dilations: c.dilations };
    const attrs = { ...window, activation: "linear" } as const;
    const shapes = { ...c, y: convolutionShape("test", float32(...c.x), float32(...c.kernel), window) };
    const [x, kernel, dy] = [uniform(1, c.x), uniform(2, c.kernel), uniform(3, shapes.y)];

    const { ctx, launches } = recordLaunches({ ...testCaps, ...gpu });
    const operand = (slot: number, shape: Shape) => ({ ...specOf(shape, "float32"), slot });
    conv2d.lower!(ctx, [operand(0, c.x), operand(1, c.kernel)], [operand(2, shapes.y)], attrs);
    expect(launches[0].prelude).toContain("const unrolled = true;");
    expect(launches[0].prelude).toContain(`const whole_panels = ${whole};`);

    const options = { caps: gpu };
    const [y] = await runOp(device, conv2d, [x, kernel], attrs, options);
    expectClose(y.dataSync(), groupedConv2d(float64(x), float64(kernel), shapes, window), { absolute: 2e-5 });
    const [dx, dkernel] = await gradOp(device, conv2d, [x, kernel], attrs, dy, options);
    const expected = groupedConv2dGrad(float64(x), float64(kernel), float64(dy), shapes, window);
    expectClose(dx!.dataSync(), expected.dx, { absolute: 2e-5 });
    expectClose(dkernel!.dataSync(), expected.dkernel, { absolute: 5e-5 });
  });
});
