import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dilatedSize, resolvePads, type Size2d } from "../../../src/kernels/common/window2d.js";
import { conv2dTranspose } from "../../../src/kernels/conv/conv2dTranspose.js";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { float32 } from "../../../src/kernels/op.js";
import { sizeOf, type Shape } from "../../../src/tensor.js";
import { finiteDifference } from "../../reference/finiteDifference.js";
import { uniformFloat16 } from "../../reference/float16.js";
import { groupedConv2d, groupedConv2dGrad } from "../../reference/groupedConv2d.js";
import { uniform } from "../../reference/random.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, gradOp, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

interface Case {
  x: [number, number, number, number];
  /** [kh, kw, filters, cin] */
  kernel: [number, number, number, number];
  strides: Size2d;
  padding: "same" | "valid";
  outputSize: Size2d;
  dilations?: Size2d;
}

const cases: Case[] = [
  { x: [2, 4, 3, 3], kernel: [3, 3, 2, 3], strides: [2, 2], padding: "same", outputSize: [8, 6] },
  { x: [2, 4, 3, 3], kernel: [3, 3, 2, 3], strides: [2, 2], padding: "same", outputSize: [7, 5] },
  { x: [1, 4, 3, 4], kernel: [2, 2, 8, 4], strides: [3, 3], padding: "valid", outputSize: [12, 9] },
  { x: [1, 5, 4, 8], kernel: [4, 4, 4, 8], strides: [1, 1], padding: "valid", outputSize: [8, 7] },
  { x: [1, 6, 5, 4], kernel: [3, 3, 4, 4], strides: [1, 1], padding: "same", outputSize: [6, 5] },
  {
    x: [2, 4, 3, 3],
    kernel: [3, 3, 2, 3],
    strides: [1, 1],
    padding: "valid",
    outputSize: [8, 7],
    dilations: [2, 2],
  },
];

function make({ x: xShape, kernel: kernelShape, strides, padding, outputSize, dilations = [1, 1] }: Case) {
  const covered = dilatedSize([kernelShape[0], kernelShape[1]], dilations);
  const window = { strides, dilations, pads: resolvePads(padding, outputSize, covered, strides) };
  const shape: Shape = [xShape[0], ...outputSize, kernelShape[2]];
  // The convolution whose transpose it is goes from y to x.
  const shapes = { x: shape, kernel: kernelShape, y: xShape };
  const zeros = new Float64Array(sizeOf(shape));
  const forward = (x: Float64Array, kernel: Float64Array) =>
    groupedConv2dGrad(zeros, kernel, x, shapes, window).dx;
  const grads = (x: Float64Array, kernel: Float64Array, dy: Float64Array) => ({
    dx: groupedConv2d(dy, kernel, shapes, window),
    dkernel: groupedConv2dGrad(dy, kernel, x, shapes, window).dkernel,
  });
  return { attrs: { ...window, outputSize }, shape, forward, grads };
}

describe.each(cases)("conv2d_transpose: $x, $kernel, strides $strides, $padding", (c) => {
  const { attrs, shape, forward, grads } = make(c);

  it.each([
    { type: "float32", draw: uniform, float16: [], relative: 2e-6 },
    { type: "float16", draw: uniformFloat16, float16: [0], relative: 2 ** -10 + 1e-5 },
  ])("agrees with the reference, and so do its gradients: $type", async ({ draw, float16, relative }) => {
    const [x, kernel, dy] = [draw(1, c.x), uniform(2, c.kernel), draw(3, shape)];
    const [y] = await runOp(device, conv2dTranspose, [x, kernel], attrs, { float16 });
    expect(y.shape).toEqual(shape);
    const close = { relative, absolute: 2e-5 };
    expectClose(y.dataSync(), forward(float64(x), float64(kernel)), close);
    const [dx, dkernel] = await gradOp(device, conv2dTranspose, [x, kernel], attrs, dy, { float16 });
    const expected = grads(float64(x), float64(kernel), float64(dy));
    expectClose(dx!.dataSync(), expected.dx, close);
    expectClose(dkernel!.dataSync(), expected.dkernel, { absolute: 5e-5 });
  });
});

it("the reference gradients are those of finite differences", () => {
  const c = cases[1];
  const { shape, forward, grads } = make(c);
  const [x, kernel, dy] = [uniform(1, c.x), uniform(2, c.kernel), uniform(3, shape)].map(float64);
  const { dx, dkernel } = grads(x, kernel, dy);
  const close = { absolute: 1e-8 };
  const numericX = finiteDifference((at) => forward(at, kernel), x, dy);
  expectClose(dx, numericX, close);
  const numericKernel = finiteDifference((by) => forward(x, by), kernel, dy);
  expectClose(dkernel, numericKernel, close);
});

it("says what it needs", () => {
  const attrs = { strides: [2, 2], pads: [0, 0, 0, 0], outputSize: [8, 8] } as const;
  expect(() => conv2dTranspose.infer([float32(1, 3, 3, 2), float32(3, 3, 4, 5)], attrs)).toThrow(
    "conv2d_transpose: expected x float32 (1, 3, 3, 5), got float32 (1, 3, 3, 2)",
  );
});
