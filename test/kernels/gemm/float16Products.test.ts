/** Convolutions and matrix products of float16 activations by float32 weights. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { conv2d } from "../../../src/kernels/conv/conv2d.js";
import { conv2dBackpropFilter } from "../../../src/kernels/conv/conv2dBackpropFilter.js";
import { convOutputHW, resolvePads } from "../../../src/kernels/common/window2d.js";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { matMul } from "../../../src/kernels/gemm/matMul.js";
import { float32, specOf, type DeviceCaps, type Operand } from "../../../src/kernels/op.js";
import { sizeOf, type Shape } from "../../../src/tensor.js";
import { activationDerivatives, activations } from "../../reference/activation.js";
import * as convolution from "../../reference/conv2d.js";
import { toFloat16, uniformFloat16 } from "../../reference/float16.js";
import * as matrices from "../../reference/matMul.js";
import { uniform } from "../../reference/random.js";
import { sumRows } from "../../reference/sumRows.js";
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

/** One place in the last of float16's eleven, besides what the sums lose in float32. */
const stored = { relative: 2 ** -10 + 1e-5, absolute: 3e-5 };
/** What is not stored as float16 is as exact as ever: the factors are float16 numbers already. */
const exact = { relative: 1e-5, absolute: 6e-5 };

interface ConvCase {
  x: [number, number, number, number];
  kernel: [number, number, number, number];
  strides: [number, number];
  activation: "linear" | "relu" | "relu6";
}

const convCases: ConvCase[] = [
  { x: [1, 1, 1, 3], kernel: [1, 1, 3, 4], strides: [1, 1], activation: "linear" },
  { x: [3, 9, 7, 3], kernel: [3, 3, 3, 7], strides: [2, 1], activation: "relu6" },
  { x: [1, 4, 4, 64], kernel: [3, 3, 64, 64], strides: [1, 1], activation: "relu" },
];

function makeConv({ x: xShape, kernel: kernelShape, strides, activation }: ConvCase) {
  const size = [xShape[1], xShape[2]] as const;
  const window = [kernelShape[0], kernelShape[1]] as const;
  const pads = resolvePads("same", size, window, strides);
  const shape: Shape = [xShape[0], ...convOutputHW(size, window, strides, pads), kernelShape[3]];
  const [x, kernel, bias] = [
    uniformFloat16(1, xShape),
    uniform(2, kernelShape),
    uniform(3, [kernelShape[3]]),
  ];
  const y = convolution
    .conv2d(float64(x), xShape, float64(kernel), kernelShape, strides, pads, sizeOf(shape))
    .map((value, i) => activations[activation](value + bias.dataSync()[i % kernelShape[3]]));
  return { inputs: [x, kernel, bias], attrs: { strides, pads, activation }, shape, y };
}

describe.each(gemmVariants)("%s kernel", (_name, caps) => {
  const options = { caps, float16: [0] };

  it.each(convCases)("conv2d: x $x, kernel $kernel, strides $strides, $activation", async (c) => {
    const { inputs, attrs, shape, y } = makeConv(c);
    const [actual] = await runOp(device, conv2d, inputs, attrs, options);
    expect(actual.shape).toEqual(shape);
    expectClose(actual.dataSync(), y, stored);

    const dy = uniformFloat16(4, shape);
    const derivative = activationDerivatives[c.activation];
    const dz = float64(dy).map((value, i) => value * derivative(toFloat16(y[i])));
    const grads = await gradOp(device, conv2d, inputs, attrs, dy, options);
    const [x, kernel] = inputs.map(float64);
    const wanted = convolution.conv2dGrad(x, c.x, kernel, c.kernel, c.strides, attrs.pads, dz);
    expectClose(grads[0]!.dataSync(), wanted.dx, stored);
    expectClose(grads[1]!.dataSync(), wanted.dkernel, exact);
    expectClose(grads[2]!.dataSync(), sumRows(dz, c.kernel[3]), exact);
  });

  it("conv2d in parts, where a batch is larger than a binding", async () => {
    const { inputs, attrs, shape, y } = makeConv({ ...convCases[2], x: [5, 8, 8, 4], kernel: [3, 3, 4, 8] });
    const dy = uniformFloat16(4, shape);
    const tight = { ...options, caps: { ...caps, maxStorageBufferBindingSize: 2500 } };
    const [actual] = await runOp(device, conv2d, inputs, attrs, tight);
    expectClose(actual.dataSync(), y, stored);
    const whole = await gradOp(device, conv2d, inputs, attrs, dy, options);
    const parts = await gradOp(device, conv2d, inputs, attrs, dy, tight);
    expectClose(parts[0]!.dataSync(), whole[0]!.dataSync(), stored);
    expectClose(parts[1]!.dataSync(), whole[1]!.dataSync(), exact);
  });

  it.each([
    { m: 5, k: 17, n: 45, transposeA: true },
    { m: 33, k: 17, n: 45, transposeB: true },
    // Divided along k, and an odd number of results.
    { m: 3, k: 2000, n: 71 },
  ])("matMul: $m×$k×$n, aᵀ $transposeA, bᵀ $transposeB", async (c) => {
    const { m, k, n, transposeA = false, transposeB = false } = c;
    const a = uniformFloat16(1, transposeA ? [k, m] : [m, k]);
    const b = uniform(2, transposeB ? [n, k] : [k, n]);
    const bias = uniform(3, [n]);
    const attrs = { transposeA, transposeB, activation: "relu" } as const;
    const y = matrices
      .matMul(float64(a), float64(b), c, c)
      .map((value, i) => Math.max(0, value + bias.dataSync()[i % n]));
    const rounding = 4e-6 * Math.sqrt(k);
    const [actual] = await runOp(device, matMul, [a, b, bias], attrs, options);
    expectClose(actual.dataSync(), y, { ...stored, absolute: rounding });

    const dy = uniformFloat16(4, [m, n]);
    const dz = float64(dy).map((value, i) => (y[i] > 0 ? value : 0));
    const da = matrices.matMul(dz, float64(b), { m, k: n, n: k }, { transposeB: !transposeB });
    const db = matrices.matMul(float64(a), dz, { m: k, k: m, n }, { transposeA: !transposeA });
    const grads = await gradOp(device, matMul, [a, b, bias], attrs, dy, options);
    expectClose(grads[0]!.dataSync(), transposeA ? matrices.transpose(da, m, k) : da, stored);
    expectClose(grads[1]!.dataSync(), transposeB ? matrices.transpose(db, k, n) : db, exact);
    expectClose(grads[2]!.dataSync(), sumRows(dz, n), exact);
  });

  it.each([
    { m: 5, k: 300, n: 70, limit: 40_000 },
    { m: 20, k: 150, n: 300, transposeB: true, limit: 80_000 },
  ])("binds matrices beyond the limit in parts: $m×$k×$n", async (c) => {
    const { m, k, n, transposeB = false } = c;
    const [a, b, bias] = [
      uniformFloat16(1, [m, k]),
      uniform(2, transposeB ? [n, k] : [k, n]),
      uniform(3, [n]),
    ];
    const attrs = { transposeA: false, transposeB, activation: "linear" } as const;
    const tight = { ...options, caps: { ...caps, maxStorageBufferBindingSize: c.limit } };
    const y = matrices.matMul(float64(a), float64(b), c, c).map((value, i) => value + bias.dataSync()[i % n]);
    const [actual] = await runOp(device, matMul, [a, b, bias], attrs, tight);
    expectClose(actual.dataSync(), y, { ...stored, absolute: 1e-4 });
  });
});

describe("types", () => {
  const window = { strides: [1, 1], pads: [1, 1, 1, 1] } as const;
  const half = (...shape: number[]) => specOf(shape, "float16");

  it("follow the activations; gradients of weights are float32", () => {
    const conv = conv2d.infer([half(1, 5, 5, 4), float32(3, 3, 4, 8), float32(8)], {
      ...window,
      activation: "relu",
    });
    expect(conv).toEqual([half(1, 5, 5, 8)]);
    const filter = conv2dBackpropFilter.infer([half(1, 5, 5, 4), half(1, 5, 5, 8)], {
      ...window,
      kernelShape: [3, 3, 4, 8],
    });
    expect(filter).toEqual([float32(3, 3, 4, 8)]);
    expect(() =>
      conv2d.infer([float32(1, 5, 5, 4), half(3, 3, 4, 8)], { ...window, activation: "relu" }),
    ).toThrow("conv2d: expected kernel of rank 4 and type float32");
  });

  it("leave no product between Winograd's transforms to tensor cores", () => {
    const attrs = { ...window, activation: "linear" } as const;
    const caps = { ...testCaps, f16: true, subgroupSize: 32, maxComputeWorkgroupStorageSize: 32_768 };
    const variants = (dtype: "float32" | "float16", more: Partial<DeviceCaps>) => {
      const [x, y] = [specOf([1, 32, 32, 64], dtype), specOf([1, 32, 32, 64], dtype)];
      return [...conv2d.variants!({ ...caps, ...more }, [x, float32(3, 3, 64, 64)], [y], attrs).keys()];
    };
    const plain = ["direct workgroup", "f4 workgroup", "f2 workgroup", "direct subgroup"];
    expect(variants("float16", {})).toEqual(plain);
    expect(variants("float32", {})).toEqual(plain);
    const subgroupMatrices = [{ m: 16, n: 16, k: 16, factors: "float16", lanes: 32 } as const];
    expect(variants("float16", { subgroupMatrices }).sort()).toEqual(["direct tensor", ...plain].sort());
    // Matrices of float32 lose nothing.
    const ofFloats = [{ m: 8, n: 8, k: 8, factors: "float32", lanes: 32 } as const];
    expect(variants("float16", { subgroupMatrices: ofFloats }).sort()).toEqual(
      [...plain, "direct tensor", "f2 tensor", "f4 tensor"].sort(),
    );
    expect(variants("float16", { software: true })[0]).toBe("f4 subgroup");
  });

  it("parts along k are added up in float32", () => {
    const caps = { ...testCaps, f16: true };
    const operands = [half(1, 25088), float32(25088, 4096), float32(4096), half(1, 4096)];
    const { ctx, launches, scratch } = recordLaunches(caps);
    const slots = operands.map((spec, slot): Operand => ({ ...spec, slot }));
    const attrs = { transposeA: false, transposeB: false, activation: "relu" } as const;
    matMul.lower!(ctx, slots.slice(0, 3), slots.slice(3), attrs);
    expect(scratch).toContainEqual(float32(1, 4096));
    expect(launches.at(-1)!.kernel.name).toBe("cast");
    for (const { args } of launches) {
      for (const arg of args) {
        expect((arg.byteOffset ?? 0) % 256).toBe(0);
        expect((arg.byteLength ?? 0) % 4).toBe(0);
      }
    }
  });
});
