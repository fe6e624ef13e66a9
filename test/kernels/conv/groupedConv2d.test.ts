/** conv2d with groups and dilation, depthwise_conv2d, and the gradients of all. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { conv2d } from "../../../src/kernels/conv/conv2d.js";
import { convolutionShape } from "../../../src/kernels/conv/convolution.js";
import { depthwiseConv2d } from "../../../src/kernels/conv/depthwiseConv2d.js";
import { dilatedSize, resolvePads } from "../../../src/kernels/common/window2d.js";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { float32, type DeviceCaps } from "../../../src/kernels/op.js";
import { activationDerivatives, activations } from "../../reference/activation.js";
import { finiteDifference } from "../../reference/finiteDifference.js";
import { uniformFloat16 } from "../../reference/float16.js";
import { groupedConv2d, groupedConv2dGrad } from "../../reference/groupedConv2d.js";
import { uniform } from "../../reference/random.js";
import { sumRows } from "../../reference/sumRows.js";
import { testCaps } from "../../support/caps.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { itNeeds } from "../../support/needs.js";
import { createTestDevice, gradOp, runOp, type RunOptions } from "../../support/run.js";
import { gemmVariants } from "../variants.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

interface Case {
  /** [n, h, w, cin] */
  x: [number, number, number, number];
  /** [kh, kw, cin / groups, cout] */
  kernel: [number, number, number, number];
  strides?: [number, number];
  padding?: "same" | "valid";
  dilations?: [number, number];
  groups?: number;
  activation?: "linear" | "relu" | "relu6";
}

function make({ x: xShape, kernel: kernelShape, activation = "linear", ...c }: Case, draw = uniform) {
  const { strides = [1, 1], padding = "same", dilations = [1, 1], groups = 1 } = c;
  const covered = dilatedSize([kernelShape[0], kernelShape[1]], dilations);
  const pads = resolvePads(padding, [xShape[1], xShape[2]], covered, strides);
  const window = { strides, pads, dilations, groups };
  const shape = convolutionShape("test", float32(...xShape), float32(...kernelShape), window);
  const shapes = { x: xShape, kernel: kernelShape, y: shape };
  const [x, kernel, bias] = [draw(1, xShape), uniform(2, kernelShape), uniform(3, [kernelShape[3]])];
  const dy = draw(4, shape);
  const y = groupedConv2d(float64(x), float64(kernel), shapes, window)
    .map((value, i) => value + bias.dataSync()[i % bias.size])
    .map(activations[activation]);
  const dz = float64(dy).map((value, i) => value * activationDerivatives[activation](y[i]));
  const grads = () => ({
    ...groupedConv2dGrad(float64(x), float64(kernel), dz, shapes, window),
    dbias: sumRows(dz, bias.size),
  });
  return { x, kernel, bias, dy, y, grads, shapes, window, attrs: { ...window, activation } };
}

async function expectConv2d(c: Case, options: RunOptions) {
  const { x, kernel, bias, dy, y, grads, shapes, attrs } = make(c);
  const [actual] = await runOp(device, conv2d, [x, kernel, bias], attrs, options);
  expect(actual.shape).toEqual(shapes.y);
  expectClose(actual.dataSync(), y, { absolute: 2e-5 });
  const [dx, dkernel, dbias] = await gradOp(device, conv2d, [x, kernel, bias], attrs, dy, options);
  const expected = grads();
  expectClose(dx!.dataSync(), expected.dx, { absolute: 2e-5 });
  expectClose(dkernel!.dataSync(), expected.dkernel, { absolute: 5e-5 });
  expectClose(dbias!.dataSync(), expected.dbias, { absolute: 5e-5 });
}

const dilated: Case[] = [
  { x: [2, 7, 5, 3], kernel: [3, 3, 3, 4], dilations: [2, 2] },
  { x: [2, 7, 5, 3], kernel: [3, 3, 3, 4], dilations: [2, 1], padding: "valid", activation: "relu" },
  { x: [1, 7, 5, 4], kernel: [2, 3, 4, 8], dilations: [3, 2] },
  { x: [2, 16, 9, 8], kernel: [3, 3, 8, 33], dilations: [4, 3], activation: "relu6" },
];

describe.each(gemmVariants)("conv2d with dilation, %s variant", (_, caps) => {
  it.each(dilated)("%j", async (c) => {
    await expectConv2d(c, { caps });
  });
});

const grouped: Case[] = [
  { x: [2, 6, 5, 4], kernel: [3, 3, 2, 6], groups: 2, activation: "relu" },
  { x: [2, 7, 7, 4], kernel: [3, 3, 1, 8], strides: [2, 2], padding: "valid", groups: 4 },
  { x: [1, 5, 9, 6], kernel: [1, 3, 2, 12], strides: [1, 2], groups: 3, activation: "relu6" },
  { x: [3, 6, 6, 8], kernel: [3, 2, 4, 8], dilations: [2, 3], groups: 2 },
  { x: [1, 1, 1, 9], kernel: [1, 1, 3, 3], groups: 3 },
  // Depthwise, with one output for each channel.
  { x: [2, 9, 8, 8], kernel: [3, 3, 1, 8], strides: [2, 2], groups: 8, activation: "relu" },
  { x: [3, 9, 7, 5], kernel: [5, 3, 1, 5], dilations: [2, 1], groups: 5 },
  { x: [1, 30, 31, 12], kernel: [3, 2, 1, 12], padding: "valid", groups: 12 },
];

describe("conv2d with groups", () => {
  it.each(grouped)("%j", async (c) => {
    await expectConv2d(c, {});
  });

  it("splits batches beyond the binding limit", async () => {
    const c: Case = { x: [5, 8, 8, 4], kernel: [3, 3, 2, 4], groups: 2 };
    await expectConv2d(c, { caps: { maxStorageBufferBindingSize: 4096 } });
  });

  it("has one way to go about it, and no Winograd for what that cannot do", () => {
    const namesOf = (c: Case, caps: DeviceCaps = { ...testCaps, software: true, subgroupSize: 8 }) => {
      const { attrs, shapes } = make(c);
      const specs = [shapes.x, shapes.kernel].map((shape) => float32(...shape));
      return [...conv2d.variants!(caps, specs, [float32(...shapes.y)], attrs).keys()];
    };
    expect(namesOf({ x: [1, 8, 8, 4], kernel: [3, 3, 4, 4] }).join()).toContain("f2");
    expect(namesOf({ x: [1, 8, 8, 4], kernel: [3, 3, 2, 4], groups: 2 })).toEqual(["direct"]);
    const others: Case[] = [
      { x: [1, 9, 9, 4], kernel: [3, 3, 4, 4], dilations: [2, 2] },
      { x: [1, 9, 9, 4], kernel: [3, 3, 4, 4], strides: [2, 2] },
      { x: [1, 9, 9, 4], kernel: [1, 7, 4, 4] },
      { x: [1, 9, 9, 4], kernel: [7, 1, 4, 4] },
      { x: [1, 9, 9, 4], kernel: [3, 1, 4, 4] },
    ];
    for (const c of others) expect(namesOf(c).join()).not.toMatch(/f[24]/);
  });

  it("says what does not fit", () => {
    const infer = (groups: number, ...shapes: number[][]) =>
      conv2d.infer(
        shapes.map((shape) => float32(...shape)),
        { strides: [1, 1], pads: [0, 0, 0, 0], activation: "linear", groups },
      );
    expect(() => infer(2, [1, 5, 5, 4], [3, 3, 4, 6])).toThrow(
      "conv2d: expected a kernel for 4 channels in 2 groups, got float32 (3, 3, 4, 6)",
    );
    expect(() => infer(2, [1, 5, 5, 4], [3, 3, 2, 5])).toThrow("in 2 groups, got float32 (3, 3, 2, 5)");
  });
});

/** The kernels are [kh, kw, cin, multiplier]. */
const depthwise: Case[] = [
  { x: [1, 5, 7, 3], kernel: [3, 3, 3, 1], activation: "relu6" },
  { x: [2, 9, 7, 8], kernel: [3, 3, 8, 1], strides: [2, 2], activation: "relu" },
  { x: [2, 8, 6, 8], kernel: [5, 5, 8, 1], strides: [2, 2] },
  { x: [2, 6, 5, 4], kernel: [2, 4, 4, 3], strides: [1, 2], padding: "valid" },
  { x: [1, 6, 5, 3], kernel: [3, 3, 3, 4], strides: [2, 1] },
  { x: [3, 4, 4, 4], kernel: [1, 1, 4, 1] },
  { x: [2, 7, 5, 4], kernel: [3, 3, 4, 1], dilations: [2, 2] },
  { x: [2, 9, 6, 3], kernel: [3, 3, 3, 1], dilations: [2, 1] },
  { x: [1, 7, 13, 4], kernel: [3, 7, 4, 1], dilations: [3, 1], padding: "valid", strides: [1, 3] },
  { x: [2, 7, 5, 1], kernel: [3, 2, 1, 2], padding: "valid" },
  // More rows of dy than one invocation adds up.
  { x: [3, 33, 40, 4], kernel: [3, 3, 4, 1] },
];

function makeDepthwise(c: Case, draw = uniform) {
  const { kernel: kernelShape, x } = c;
  const [height, width, channels, multiplier] = kernelShape;
  const made = make({ ...c, x, kernel: [height, width, 1, channels * multiplier], groups: channels }, draw);
  const { strides, pads, dilations, activation } = made.attrs;
  const attrs = { strides, pads, dilations, activation };
  return { ...made, kernel: made.kernel.reshape(kernelShape), attrs };
}

describe("depthwise_conv2d and its gradients", () => {
  it.each([
    ...depthwise.map((c) => ({ c, caps: undefined })),
    // As many images at a time as the binding limit allows.
    {
      c: { x: [5, 8, 8, 8], kernel: [3, 3, 8, 1] } satisfies Case,
      caps: { maxStorageBufferBindingSize: 4096 },
    },
  ])("$c, $caps", async ({ c, caps }) => {
    const { x, kernel, bias, dy, y, grads, attrs } = makeDepthwise(c);
    const inputs = [x, kernel, bias];
    const [actual] = await runOp(device, depthwiseConv2d, inputs, attrs, { caps });
    expectClose(actual.dataSync(), y, { absolute: 5e-6 });
    const [dx, dkernel, dbias] = await gradOp(device, depthwiseConv2d, inputs, attrs, dy, { caps });
    const expected = grads();
    expect(dkernel!.shape).toEqual(c.kernel);
    expectClose(dx!.dataSync(), expected.dx, { absolute: 5e-6 });
    expectClose(dkernel!.dataSync(), expected.dkernel, { absolute: 2e-5 });
    expectClose(dbias!.dataSync(), expected.dbias, { absolute: 2e-5 });
  });

  itNeeds("shader-f16").each(depthwise)("of float16: %j", async (c) => {
    const { x, kernel, dy, grads, attrs } = makeDepthwise({ ...c, activation: "linear" }, uniformFloat16);
    const [dx, dkernel] = await gradOp(device, depthwiseConv2d, [x, kernel], attrs, dy, { float16: [0] });
    const expected = grads();
    expectClose(dx!.dataSync(), expected.dx, { relative: 2 ** -10, absolute: 5e-6 });
    expectClose(dkernel!.dataSync(), expected.dkernel, { absolute: 2e-5 });
  });
});

it.each([
  { x: [1, 5, 4, 4], kernel: [3, 2, 2, 4], groups: 2, strides: [2, 1] },
  { x: [2, 6, 5, 2], kernel: [2, 3, 2, 3], dilations: [2, 1] },
] as Case[])("the reference gradients are those of finite differences: %j", (c) => {
  const { x, kernel, dy, shapes, window, grads } = make(c);
  const { dx, dkernel } = grads();
  const close = { absolute: 1e-8 };
  const f = (at: Float64Array, by: Float64Array) => groupedConv2d(at, by, shapes, window);
  const numericX = finiteDifference((at) => f(at, float64(kernel)), float64(x), float64(dy));
  expectClose(dx, numericX, close);
  const numericKernel = finiteDifference((by) => f(float64(x), by), float64(kernel), float64(dy));
  expectClose(dkernel, numericKernel, close);
});
