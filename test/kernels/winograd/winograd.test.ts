import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { conv2d, convolution, type Conv2dAttrs } from "../../../src/kernels/conv/conv2d.js";
import { waysOf } from "../../../src/kernels/conv/convolutionVariants.js";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { float32, specOf, type DeviceCaps, type Op, type Operand } from "../../../src/kernels/op.js";
import { convOutputHW, resolvePads, type Pads, type Size2d } from "../../../src/kernels/common/window2d.js";
import { conv2dBackpropFilter, filterGradient } from "../../../src/kernels/conv/conv2dBackpropFilter.js";
import { conv2dBackpropInput, inputGradient } from "../../../src/kernels/conv/conv2dBackpropInput.js";
import { f2, f4, type Winograd1d } from "../../../src/kernels/winograd/winogradMatrices.js";
import { SPARE_TILES } from "../../../src/kernels/winograd/winogradScratch.js";
import { byteLengthOf, sizeOf } from "../../../src/tensor.js";
import { activations, type Activation } from "../../reference/activation.js";
import * as reference from "../../reference/conv2d.js";
import { uniformFloat16 } from "../../reference/float16.js";
import { uniform } from "../../reference/random.js";
import { byAlgorithm } from "../../support/algorithms.js";
import { testCaps } from "../../support/caps.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { recordLaunches, type Recording } from "../../support/lowering.js";
import { itNeeds } from "../../support/needs.js";
import { createTestDevice, runOp } from "../../support/run.js";
import { gemmVariants } from "../variants.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const algorithms = [
  ["F(2×2, 3×3)", f2],
  ["F(4×4, 3×3)", f4],
] as const;

/** The convolution and its gradients, always by Winograd and never. */
const winograd = (algorithm?: Winograd1d) => ({
  conv2d: byAlgorithm(conv2d, convolution, algorithm),
  backpropInput: byAlgorithm(conv2dBackpropInput, inputGradient, algorithm),
  backpropFilter: byAlgorithm(conv2dBackpropFilter, filterGradient, algorithm),
});
const direct = winograd();

interface Case {
  readonly x: readonly [number, number, number, number];
  readonly filters: number;
  readonly padding: "same" | "valid" | Pads;
  readonly activation?: Activation;
  readonly bias?: boolean;
  /** Of x, as after relu. */
  readonly positive?: boolean;
}

const cases: readonly Case[] = [
  { x: [1, 4, 4, 8], filters: 8, padding: "same" },
  { x: [2, 9, 7, 32], filters: 16, padding: "same", activation: "relu", bias: true },
  { x: [3, 6, 11, 20], filters: 36, padding: "valid", activation: "relu6", bias: true },
  { x: [1, 5, 8, 33], filters: 18, padding: [0, 1, 2, 0], activation: "relu" },
  { x: [1, 6, 5, 8], filters: 7, padding: "same", activation: "sigmoid", bias: true },
  { x: [2, 7, 6, 6], filters: 5, padding: [3, 0, 1, 2], bias: true },
  { x: [1, 3, 3, 64], filters: 70, padding: "valid", activation: "relu6" },
  { x: [5, 1, 2, 12], filters: 31, padding: "same", bias: true },
  { x: [1, 37, 35, 40], filters: 44, padding: "same", activation: "relu", bias: true },
];

const strides: Size2d = [1, 1];

function makeCase(testCase: Case) {
  const { x: xShape, filters, padding, activation = "linear", bias = false, positive = false } = testCase;
  const [x, kernel, b] = [
    uniform(1, xShape, positive ? 0 : -1),
    uniform(2, [3, 3, xShape[3], filters]),
    uniform(3, [filters]),
  ];
  const size: Size2d = [xShape[1], xShape[2]];
  const pads = typeof padding === "string" ? resolvePads(padding, size, [3, 3], strides) : padding;
  const shape = [xShape[0], ...convOutputHW(size, [3, 3], strides, pads), filters];
  const z = reference.conv2d(float64(x), xShape, float64(kernel), kernel.shape, strides, pads, sizeOf(shape));
  const offsets = bias ? float64(b) : new Float64Array(filters);
  const y = z.map((v, i) => activations[activation](v + offsets[i % filters]));
  return { inputs: bias ? [x, kernel, b] : [x, kernel], attrs: { strides, pads, activation }, shape, y };
}

/** Of the largest value: what the docstring of `validWinograd` states. */
const bound = (algorithm: Winograd1d) => (algorithm === f4 ? 5e-6 : 1.5e-6);

function expectWithin(got: ArrayLike<number>, wanted: ArrayLike<number>, relative: number): void {
  const largest = Array.from(wanted).reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  expectClose(got, wanted, { absolute: relative * largest });
}

const named = cases.map((c) => {
  const pads = typeof c.padding === "string" ? c.padding : `pads ${c.padding.join(" ")}`;
  const rest = `${c.activation ?? "linear"}${c.bias ? ", bias" : ""}`;
  return [`x ${c.x.join("×")}, ${c.filters} filters, ${pads}, ${rest}`, c] as const;
});

/** Transforms of one channel an invocation, and products of matrices whose rows are tiles. */
const gpu = ["a GPU's", { software: false, subgroupSize: 0 }] as const;
const variants = algorithms.flatMap(([name, algorithm]) =>
  [...gemmVariants, gpu].map(([variant, caps]) => [name, variant, algorithm, caps] as const),
);

describe.each(variants)("%s, %s variant of the products", (_, __, algorithm, caps) => {
  it.each(named)("%s", async (_, c) => {
    const { inputs, attrs, shape, y } = makeCase(c);
    const [result] = await runOp(device, winograd(algorithm).conv2d, inputs, attrs, { caps });
    expect(result.shape).toEqual(shape);
    expectWithin(result.dataSync(), y, bound(algorithm));
  });

  it.each(named.filter(([, c]) => !Array.isArray(c.padding) || Math.max(...c.padding) <= 2))(
    "gradients: %s",
    async (_, c) => {
      const { inputs, attrs, shape } = makeCase(c);
      const [x, kernel] = inputs;
      const dy = uniform(4, shape);
      const { strides, pads } = attrs;
      const wanted = reference.conv2dGrad(
        float64(x),
        x.shape,
        float64(kernel),
        kernel.shape,
        strides,
        pads,
        float64(dy),
      );
      const inputAttrs = { inputShape: x.shape, strides, pads };
      const filterAttrs = { kernelShape: kernel.shape, strides, pads };
      const ops = winograd(algorithm);
      const [dx] = await runOp(device, ops.backpropInput, [dy, kernel], inputAttrs, { caps });
      const [dkernel] = await runOp(device, ops.backpropFilter, [x, dy], filterAttrs, { caps });
      expectWithin(dx.dataSync(), wanted.dx, bound(algorithm));
      expectWithin(dkernel.dataSync(), wanted.dkernel, bound(algorithm));
    },
  );

  // Stored as float16, computed in float32: what the values lose is their own rounding.
  itNeeds("shader-f16").each(named.filter((_, i) => [1, 3, 4].includes(i)))("float16: %s", async (_, c) => {
    const { inputs, attrs, shape } = makeCase(c);
    const [x, kernel, ...bias] = [uniformFloat16(1, c.x), ...inputs.slice(1)];
    const [got] = await runOp(device, winograd(algorithm).conv2d, [x, kernel, ...bias], attrs, {
      caps,
      float16: [0],
    });
    const [wanted] = await runOp(device, direct.conv2d, [x, kernel, ...bias], attrs);
    const half = 2 ** -11;
    expectWithin(got.dataSync(), wanted.dataSync(), half + bound(algorithm));

    const { strides, pads } = attrs;
    const filterAttrs = { kernelShape: kernel.shape, strides, pads };
    const ops = winograd(algorithm);
    const dy = uniformFloat16(4, shape);
    const float16 = [0, 1];
    const [dkernel] = await runOp(device, ops.backpropFilter, [x, dy], filterAttrs, { caps, float16 });
    const [wantedKernel] = await runOp(device, direct.backpropFilter, [x, dy], filterAttrs);
    expectWithin(dkernel.dataSync(), wantedKernel.dataSync(), bound(algorithm));
    if (Math.max(...pads) > 2) return;
    const inputAttrs = { inputShape: x.shape, strides, pads };
    const [dx] = await runOp(device, ops.backpropInput, [dy, kernel], inputAttrs, { caps, float16: [0] });
    const [wantedX] = await runOp(device, direct.backpropInput, [dy, kernel], inputAttrs);
    expectWithin(dx.dataSync(), wantedX.dataSync(), half + bound(algorithm));
  });

  it("computes ranges of images where the points of all exceed the binding limit", async () => {
    const shape = [7, 16, 16, 16] as const;
    const { inputs, attrs, y } = makeCase({ ...cases[1], x: shape });
    const { points, outputs } = algorithm;
    const all = { ...device.caps, ...caps };
    // Panels of a subgroup are four channels a lane.
    const tile = 4 * points ** 2 * Math.max(16, 4 * all.subgroupSize);
    // Of two images, and what rounding to whole panels may add.
    const limit = 2 * (16 / outputs) ** 2 * tile + SPARE_TILES * tile;
    const tight = { ...caps, maxStorageBufferBindingSize: limit };
    const { launches } = lowered({ ...all, ...tight }, shape, 16, winograd(algorithm).conv2d);
    expect(launches.filter((l) => l.kernel.name.startsWith("winograd products"))).toHaveLength(4);
    const [result] = await runOp(device, winograd(algorithm).conv2d, inputs, attrs, { caps: tight });
    expectWithin(result.dataSync(), y, bound(algorithm));

    const [x] = inputs;
    const dy = uniform(4, shape);
    const filterAttrs = { ...attrs, kernelShape: [3, 3, 16, 16] };
    const got = await runOp(device, winograd(algorithm).backpropFilter, [x, dy], filterAttrs, {
      caps: tight,
    });
    const wanted = await runOp(device, direct.backpropFilter, [x, dy], filterAttrs);
    expectWithin(got[0].dataSync(), wanted[0].dataSync(), bound(algorithm));
  });
});

describe("the error of 512 channels, as deep as VGG16 gets, relative to the largest value", () => {
  it.each(algorithms)("%s stays within its bound", async (_, algorithm) => {
    const { inputs, attrs, y } = makeCase({
      x: [1, 9, 9, 512],
      filters: 32,
      padding: "same",
      positive: true,
    });
    const [result] = await runOp(device, winograd(algorithm).conv2d, inputs, attrs);
    expectWithin(result.dataSync(), y, bound(algorithm));
  });
});

describe("the matrices", () => {
  it.each(algorithms)(
    "of %s compute a filter of three taps exactly",
    (_, { input, filter, output, outputs }) => {
      const times = (matrix: readonly (readonly number[])[], v: readonly number[]) =>
        matrix.map((row) => row.reduce((sum, value, i) => sum + value * v[i], 0));
      const [d, g] = [uniform(5, [outputs + 2]), uniform(6, [3])].map((t) => Array.from(t.dataSync()));
      const u = times(filter, g);
      const y = times(
        output,
        times(input, d).map((value, i) => value * u[i]),
      );
      y.forEach((value, i) => {
        expect(value).toBeCloseTo(g[0] * d[i] + g[1] * d[i + 1] + g[2] * d[i + 2], 12);
      });
    },
  );
});

describe("the choice of Winograd", () => {
  const cpu = { ...testCaps, software: true, subgroupSize: 8 };
  const chosen = (
    caps: DeviceCaps,
    x: readonly number[],
    filters: number,
    { kernelSize = [3, 3], strides = [1, 1], pads = [1, 1, 1, 1] }: Partial<Window> = {},
  ) => {
    const y = float32(...x.slice(0, 3), filters);
    const kernel = float32(...kernelSize, x[3], filters);
    const shapes = { x: float32(...x), kernel, y };
    return waysOf(caps, { a: shapes.x, computes: "y", shapes }, { strides, pads })[0].algorithm;
  };

  it.each([
    ["VGG16's block1_conv2, an image", [1, 150, 150, 64], 64, f4],
    ["VGG16's block5_conv1, 20 images", [20, 9, 9, 512], 512, f4],
    ["images that two tiles of 2 × 2 fill", [64, 2, 4, 512], 512, f2],
    ["VGG16's first convolution", [20, 150, 150, 3], 64, undefined],
    ["an image so small that the kernel's transform takes longer", [1, 4, 4, 512], 512, undefined],
    ["few filters", [1, 75, 75, 64], 4, undefined],
    ["images of which 64 belong in a range", [64, 150, 150, 65], 65, undefined],
  ] as const)("%s", (_, x, filters, algorithm) => {
    expect(chosen(cpu, x, filters)).toBe(algorithm);
  });

  it.each([
    [
      "VGG16's block1_conv2, 20 images: what lies between takes as long as is saved",
      [20, 224, 224, 64],
      64,
      undefined,
    ],
    ["VGG16's block3_conv2, an image", [1, 56, 56, 256], 256, f4],
    ["VGG16's block3_conv2, 20 images", [20, 56, 56, 256], 256, f4],
    ["VGG16's block5_conv1, an image: its kernel grows fourfold", [1, 14, 14, 512], 512, undefined],
    ["VGG16's block5_conv1, 20 images", [20, 14, 14, 512], 512, f4],
    ["images that two tiles of 2 × 2 fill", [64, 2, 4, 512], 512, f2],
    ["VGG16's first convolution", [20, 224, 224, 3], 64, undefined],
  ] as const)("on a GPU: %s", (_, x, filters, algorithm) => {
    expect(chosen(testCaps, x, filters)).toBe(algorithm);
  });

  it("is the direct product on tensor cores, which do not compute what is between the transforms", () => {
    const subgroupMatrices = [{ m: 16, n: 16, k: 16, factors: "float16", lanes: 32 } as const];
    const caps = {
      ...testCaps,
      f16: true,
      subgroupSize: 32,
      maxComputeWorkgroupStorageSize: 32_768,
      subgroupMatrices,
    };
    const [x, kernel] = [specOf([20, 56, 56, 256], "float16"), float32(3, 3, 256, 256)];
    const problem = { a: x, computes: "y", shapes: { x, kernel, y: x } } as const;
    const window = { strides, pads: [1, 1, 1, 1] } as const;
    const [first, second] = waysOf(caps, problem, window);
    expect(first).toEqual({ algorithm: undefined, products: "tensor" });
    expect(second).toEqual({ algorithm: f4, products: "workgroup" });
  });

  it("is for kernels of 3 × 3, strides of 1 and pads within the kernel", () => {
    const x = [1, 75, 75, 128];
    expect(chosen(cpu, x, 128)).toBe(f4);
    expect(chosen(cpu, x, 128, { kernelSize: [3, 1] })).toBeUndefined();
    expect(chosen(cpu, x, 128, { kernelSize: [5, 5] })).toBeUndefined();
    expect(chosen(cpu, x, 128, { strides: [1, 2] })).toBeUndefined();
    expect(chosen(cpu, x, 128, { pads: [3, 0, 1, 1] })).toBeUndefined();
    expect(chosen({ ...cpu, maxStorageBufferBindingSize: 2 ** 20 }, x, 128)).toBeUndefined();
  });

  it("keeps the scratch of a large batch within 64 MiB a tensor", () => {
    const scratch = lowered(cpu, [20, 150, 150, 64], 64, conv2d).scratch.map(byteLengthOf);
    expect(scratch.length).toBeGreaterThan(2);
    expect(Math.max(...scratch)).toBeLessThanOrEqual(64 * 2 ** 20);
  });
});

interface Window {
  readonly kernelSize: Size2d;
  readonly strides: Size2d;
  readonly pads: Pads;
}

/** What a convolution with padding "same" launches. */
function lowered(
  caps: DeviceCaps,
  xShape: readonly number[],
  filters: number,
  op: Op<Conv2dAttrs>,
): Recording {
  const shapes = [xShape, [3, 3, xShape[3], filters], [...xShape.slice(0, 3), filters]];
  const [x, kernel, y] = shapes.map((shape, slot): Operand => ({ ...float32(...shape), slot }));
  const recording = recordLaunches(caps);
  op.lower?.(recording.ctx, [x, kernel], [y], { strides, pads: [1, 1, 1, 1], activation: "linear" });
  return recording;
}
