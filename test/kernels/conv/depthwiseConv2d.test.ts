import { afterAll, beforeAll, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { depthwiseConv2d } from "../../../src/kernels/conv/depthwiseConv2d.js";
import { activations } from "../../reference/activation.js";
import { depthwiseConv2d as reference } from "../../reference/depthwiseConv2d.js";
import { uniform } from "../../reference/random.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

it.each([
  {
    x: [1, 5, 7, 3],
    kernel: [3, 3, 3, 1],
    strides: [1, 1],
    pads: [1, 1, 1, 1],
    activation: "linear",
    bias: true,
  },
  {
    x: [2, 9, 8, 8],
    kernel: [3, 3, 8, 1],
    strides: [2, 2],
    pads: [0, 1, 0, 1],
    activation: "relu6",
    bias: true,
  },
  {
    x: [2, 6, 5, 4],
    kernel: [2, 4, 4, 3],
    strides: [1, 2],
    pads: [0, 0, 2, 1],
    activation: "relu",
    bias: false,
  },
  {
    x: [3, 4, 4, 4],
    kernel: [1, 1, 4, 1],
    strides: [1, 1],
    pads: [0, 0, 0, 0],
    activation: "sigmoid",
    bias: false,
  },
] as const)("depthwise_conv2d agrees with the reference: %j", async (variant) => {
  const { strides, pads, activation } = variant;
  const [x, kernel] = [uniform(1, variant.x, -3, 3), uniform(2, variant.kernel)];
  const channels = variant.kernel[2] * variant.kernel[3];
  const bias = uniform(3, [channels]);
  const inputs = variant.bias ? [x, kernel, bias] : [x, kernel];
  const attrs = { strides, pads, activation };
  const [y] = await runOp(device, depthwiseConv2d, inputs, attrs);
  const expected = reference(float64(x), x.shape, float64(kernel), kernel.shape, strides, pads)
    .map((value, i) => value + (variant.bias ? bias.dataSync()[i % channels] : 0))
    .map(activations[activation]);
  expectClose(y.dataSync(), expected, { absolute: 5e-6 });
  // On GPUs nothing is loaded behind a branch.
  const [other] = await runOp(device, depthwiseConv2d, inputs, attrs, { caps: { software: false } });
  expectClose(other.dataSync(), expected, { absolute: 5e-6 });
});

it("says what it needs", () => {
  const attrs = { strides: [1, 1], pads: [0, 0, 0, 0], activation: "linear" } as const;
  expect(() => depthwiseConv2d.infer([uniform(1, [1, 5, 5, 3]), uniform(1, [3, 3, 4, 1])], attrs)).toThrow(
    "depthwise_conv2d: expected a kernel for 3 channels, got float32 (3, 3, 4, 1)",
  );
});
