import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { conv2d, convolution } from "../../../src/kernels/conv/conv2d.js";
import { convOutputHW, resolvePads } from "../../../src/kernels/common/window2d.js";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { float32, type Operand } from "../../../src/kernels/op.js";
import { sizeOf, type Shape } from "../../../src/tensor.js";
import { activationDerivatives, activations, type Activation } from "../../reference/activation.js";
import * as reference from "../../reference/conv2d.js";
import { finiteDifference } from "../../reference/finiteDifference.js";
import { uniform } from "../../reference/random.js";
import { byAlgorithm } from "../../support/algorithms.js";
import { testCaps } from "../../support/caps.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { recordLaunches } from "../../support/lowering.js";
import { createTestDevice, gradOp, runOp } from "../../support/run.js";
import { gemmVariants } from "../variants.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

/** conv2d, never by Winograd: test/kernels/winograd.test.ts has that. */
const direct = byAlgorithm(conv2d, convolution);

interface Case {
  x: [number, number, number, number];
  kernel: [number, number, number, number];
  strides: [number, number];
  padding: "same" | "valid" | [number, number, number, number];
  activation: Activation;
  bias: boolean;
}

const cases: Case[] = [
  { x: [2, 9, 7, 3], kernel: [3, 3, 3, 7], strides: [1, 1], padding: "same", activation: "relu", bias: true },
  {
    x: [1, 11, 10, 5],
    kernel: [3, 3, 5, 64],
    strides: [2, 2],
    padding: "same",
    activation: "linear",
    bias: true,
  },
  {
    x: [3, 8, 8, 64],
    kernel: [1, 1, 64, 33],
    strides: [1, 1],
    padding: "valid",
    activation: "relu6",
    bias: true,
  },
  {
    x: [1, 13, 12, 1],
    kernel: [5, 5, 1, 1],
    strides: [3, 3],
    padding: "valid",
    activation: "linear",
    bias: false,
  },
  {
    x: [2, 10, 9, 4],
    kernel: [3, 2, 4, 8],
    strides: [2, 1],
    padding: "same",
    activation: "relu",
    bias: false,
  },
  {
    x: [2, 9, 9, 2],
    kernel: [1, 1, 2, 9],
    strides: [2, 2],
    padding: "valid",
    activation: "linear",
    bias: true,
  },
  {
    x: [1, 4, 4, 64],
    kernel: [3, 3, 64, 64],
    strides: [1, 1],
    padding: "same",
    activation: "relu",
    bias: true,
  },
  {
    x: [1, 6, 5, 3],
    kernel: [3, 3, 3, 2],
    strides: [1, 2],
    padding: [0, 1, 2, 0],
    activation: "linear",
    bias: true,
  },
  // InceptionV3's factorised kernels, and strides of 2 on odd sizes.
  {
    x: [2, 5, 8, 3],
    kernel: [1, 7, 3, 4],
    strides: [1, 1],
    padding: "same",
    activation: "linear",
    bias: false,
  },
  { x: [1, 9, 4, 8], kernel: [7, 1, 8, 5], strides: [1, 1], padding: "same", activation: "relu", bias: true },
  { x: [2, 9, 7, 4], kernel: [3, 3, 4, 8], strides: [2, 2], padding: "same", activation: "relu", bias: true },
  {
    x: [1, 11, 13, 3],
    kernel: [7, 7, 3, 4],
    strides: [2, 2],
    padding: "same",
    activation: "linear",
    bias: true,
  },
  { x: [1, 3, 3, 2], kernel: [5, 5, 2, 3], strides: [1, 1], padding: "same", activation: "relu", bias: true },
  {
    x: [2, 5, 4, 6],
    kernel: [3, 3, 6, 5],
    strides: [1, 1],
    padding: "same",
    activation: "sigmoid",
    bias: true,
  },
];

function describeCase({ x, kernel, strides, padding, activation, bias }: Case): string {
  return `x ${x.join("×")}, kernel ${kernel.join("×")}, strides ${strides.join("×")}, ${padding.toString()}, ${activation}${bias ? ", bias" : ""}`;
}

function padsOf({ x, kernel, strides, padding }: Case) {
  if (typeof padding !== "string") return padding;
  return resolvePads(padding, [x[1], x[2]], [kernel[0], kernel[1]], strides);
}

function outputShape(c: Case): Shape {
  const size = convOutputHW([c.x[1], c.x[2]], [c.kernel[0], c.kernel[1]], c.strides, padsOf(c));
  return [c.x[0], ...size, c.kernel[3]];
}

function makeCase(c: Case) {
  const [x, kernel, bias] = [uniform(1, c.x), uniform(2, c.kernel), uniform(3, [c.kernel[3]])];
  const pads = padsOf(c);
  const shape = outputShape(c);
  const z = reference
    .conv2d(float64(x), c.x, float64(kernel), c.kernel, c.strides, pads, sizeOf(shape))
    .map((v, i) => v + (c.bias ? bias.dataSync()[i % c.kernel[3]] : 0));
  const inputs = c.bias ? [x, kernel, bias] : [x, kernel];
  return { inputs, attrs: { strides: c.strides, pads, activation: c.activation }, shape, z };
}

describe.each(gemmVariants)("conv2d, %s variant", (_name, caps) => {
  it.each(cases.map((c) => [describeCase(c), c] as const))("%s", async (_, c) => {
    const { inputs, attrs, shape, z } = makeCase(c);
    const [y] = await runOp(device, direct, inputs, attrs, { caps });
    expect(y.shape).toEqual(shape);
    expectClose(y.dataSync(), z.map(activations[c.activation]), { absolute: 2e-5 });
  });

  it.each(cases.map((c) => [describeCase(c), c] as const))("gradients: %s", async (_, c) => {
    const { inputs, attrs, shape, z } = makeCase(c);
    const dy = uniform(4, shape);
    const y = z.map(activations[c.activation]);
    const dz = float64(dy).map((v, i) => v * activationDerivatives[c.activation](y[i]));
    const { dx, dkernel } = reference.conv2dGrad(
      float64(inputs[0]),
      c.x,
      float64(inputs[1]),
      c.kernel,
      c.strides,
      attrs.pads,
      dz,
    );
    const grads = await gradOp(device, direct, inputs, attrs, dy, { caps });
    expectClose(grads[0]!.dataSync(), dx, { absolute: 2e-5 });
    expectClose(grads[1]!.dataSync(), dkernel, { absolute: 5e-5 });
    if (c.bias) {
      const dbias = new Float64Array(c.kernel[3]);
      dz.forEach((v, i) => (dbias[i % dbias.length] += v));
      expectClose(grads[2]!.dataSync(), dbias, { absolute: 5e-5 });
    }
  });

  it("gives gradients only where they are needed", async () => {
    const { inputs, attrs, shape } = makeCase(cases[0]);
    const needs = [false, true, false];
    const grads = await gradOp(device, direct, inputs, attrs, uniform(4, shape), { caps, needs });
    expect(grads.map((g) => g !== undefined)).toEqual(needs);
  });

  it("splits batches beyond the binding limit, forwards and backwards", async () => {
    const c: Case = { ...cases[0], x: [5, 8, 8, 4], kernel: [3, 3, 4, 8] };
    const { inputs, attrs, shape, z } = makeCase(c);
    const dy = uniform(4, shape);
    const tight = { ...caps, maxStorageBufferBindingSize: 5000 };
    const [y] = await runOp(device, direct, inputs, attrs, { caps: tight });
    expectClose(y.dataSync(), z.map(activations[c.activation]), { absolute: 2e-5 });
    const whole = await gradOp(device, direct, inputs, attrs, dy, { caps });
    const parts = await gradOp(device, direct, inputs, attrs, dy, { caps: tight });
    whole.forEach((g, i) => expectClose(parts[i]!.dataSync(), g!.dataSync(), { absolute: 5e-5 }));
  });
});

describe("the reference gradients", () => {
  it.each(cases.slice(3, 6).map((c) => [describeCase(c), c] as const))("finite differences: %s", (_, c) => {
    const { inputs, attrs, shape } = makeCase(c);
    const [x, kernel] = inputs.map(float64);
    const dy = float64(uniform(4, shape));
    const f = (x: Float64Array, kernel: Float64Array) =>
      reference.conv2d(x, c.x, kernel, c.kernel, c.strides, attrs.pads, sizeOf(shape));
    const { dx, dkernel } = reference.conv2dGrad(x, c.x, kernel, c.kernel, c.strides, attrs.pads, dy);
    const exact = { absolute: 1e-8, relative: 1e-8 };
    expectClose(
      finiteDifference((v) => f(v, kernel), x, dy),
      dx,
      exact,
    );
    expectClose(
      finiteDifference((v) => f(x, v), kernel, dy),
      dkernel,
      exact,
    );
  });
});

describe("conv2d's shapes", () => {
  const attrs = { strides: [1, 1], pads: [0, 0, 0, 0], activation: "linear" } as const;

  it("says what does not fit", () => {
    const infer = (...shapes: number[][]) =>
      conv2d.infer(
        shapes.map((s) => float32(...s)),
        attrs,
      );
    expect(infer([1, 5, 4, 3], [3, 2, 3, 8])[0].shape).toEqual([1, 3, 3, 8]);
    expect(() => infer([1, 5, 4, 3], [3, 3, 4, 8])).toThrow("conv2d: expected a kernel for 3 channels");
    expect(() => infer([1, 2, 4, 3], [3, 3, 3, 8])).toThrow("conv2d: expected an image of at least 3×3");
    expect(() => infer([1, 5, 4, 3], [3, 3, 3, 8], [7])).toThrow("conv2d: expected bias");
    expect(() => infer([5, 4, 3], [3, 3, 3, 8])).toThrow("conv2d: expected x of rank 4");
    expect(() => infer([1, 5, 4, 3])).toThrow("conv2d: expected 2 or 3 inputs");
  });

  it("refuses a kernel, or an image, that no binding holds", () => {
    const lower = (limit: number) => {
      const operands = [
        [4, 5, 5, 2],
        [3, 3, 2, 8],
        [4, 3, 3, 8],
      ].map((shape, slot): Operand => ({ ...float32(...shape), slot }));
      const caps = { ...testCaps, maxStorageBufferBindingSize: limit };
      conv2d.lower!(recordLaunches(caps).ctx, operands.slice(0, 2), operands.slice(2), attrs);
    };
    expect(() => lower(512)).toThrow("conv2d: kernel takes 576 bytes");
    expect(() => lower(256)).toThrow(expect.objectContaining({ code: "out-of-memory" }));
    expect(() => lower(4096)).not.toThrow();
  });
});

describe("resolvePads", () => {
  it("follows TensorFlow", () => {
    expect(resolvePads("valid", [7, 7], [3, 3], [2, 2])).toEqual([0, 0, 0, 0]);
    expect(resolvePads("same", [7, 8], [3, 3], [1, 1])).toEqual([1, 1, 1, 1]);
    expect(resolvePads("same", [7, 8], [3, 3], [2, 2])).toEqual([1, 1, 0, 1]);
    expect(resolvePads("same", [5, 5], [2, 4], [1, 1])).toEqual([0, 1, 1, 2]);
    expect(resolvePads("same", [9, 9], [1, 1], [2, 3])).toEqual([0, 0, 0, 0]);
  });
});
