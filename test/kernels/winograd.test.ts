import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  conv2d,
  lowerDirect,
  lowerWinograd,
  type Activation,
  type Conv2dAttrs,
} from "../../src/kernels/conv2d.js";
import { convOutputHW, resolvePads } from "../../src/kernels/convShape.js";
import type { Device } from "../../src/kernels/device.js";
import { float32, type DeviceCaps, type Launch, type Op, type Operand } from "../../src/kernels/op.js";
import type { Pads, Size2d } from "../../src/kernels/window2d.js";
import { winogradPays } from "../../src/kernels/winograd.js";
import { byteLengthOf, sizeOf } from "../../src/tensor.js";
import * as reference from "../reference/conv2d.js";
import { uniform } from "../reference/random.js";
import { testCaps } from "../support/caps.js";
import { expectClose, float64 } from "../support/expectClose.js";
import { createTestDevice, gradOp, runOp } from "../support/run.js";
import { gemmVariants } from "./variants.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

/** conv2d, always by Winograd and never. */
const winograd = { ...conv2d, lower: lowerWinograd };
const direct = { ...conv2d, lower: lowerDirect };

interface Case {
  readonly x: readonly [number, number, number, number];
  readonly filters: number;
  readonly padding: "same" | "valid" | Pads;
  readonly activation?: Activation;
  readonly bias?: boolean;
}

const cases: readonly Case[] = [
  { x: [1, 4, 4, 8], filters: 8, padding: "same" },
  { x: [2, 9, 7, 32], filters: 16, padding: "same", activation: "relu", bias: true },
  { x: [3, 6, 11, 20], filters: 36, padding: "valid", activation: "relu6", bias: true },
  { x: [1, 5, 8, 33], filters: 18, padding: [0, 1, 2, 0], activation: "relu" },
  { x: [2, 7, 6, 6], filters: 5, padding: [3, 0, 1, 2], bias: true },
  { x: [1, 3, 3, 64], filters: 70, padding: "valid", activation: "relu6" },
  { x: [5, 1, 2, 12], filters: 31, padding: "same", bias: true },
  { x: [1, 37, 35, 40], filters: 44, padding: "same", activation: "relu", bias: true },
];

const strides: Size2d = [1, 1];

function makeCase({ x: xShape, filters, padding, activation = "linear", bias = false }: Case) {
  const [x, kernel, b] = [uniform(1, xShape), uniform(2, [3, 3, xShape[3], filters]), uniform(3, [filters])];
  const size: Size2d = [xShape[1], xShape[2]];
  const pads = typeof padding === "string" ? resolvePads(padding, size, [3, 3], strides) : padding;
  const shape = [xShape[0], ...convOutputHW(size, [3, 3], strides, pads), filters];
  const z = reference.conv2d(float64(x), xShape, float64(kernel), kernel.shape, strides, pads, sizeOf(shape));
  const offsets = bias ? float64(b) : new Float64Array(filters);
  const y = z.map((v, i) => activations[activation](v + offsets[i % filters]));
  return { inputs: bias ? [x, kernel, b] : [x, kernel], attrs: { strides, pads, activation }, shape, y };
}

const activations = {
  linear: (v: number) => v,
  relu: (v: number) => Math.max(v, 0),
  relu6: (v: number) => Math.min(Math.max(v, 0), 6),
};

/** Sums of up to 9 · 64 products of numbers within 1, so values of about 10: 1e-5 is 1e-6 of the largest. */
const tolerance = { absolute: 1e-5 };

const named = cases.map((c) => {
  const pads = typeof c.padding === "string" ? c.padding : `pads ${c.padding.join(" ")}`;
  const rest = `${c.activation ?? "linear"}${c.bias ? ", bias" : ""}`;
  return [`x ${c.x.join("×")}, ${c.filters} filters, ${pads}, ${rest}`, c] as const;
});

describe.each(gemmVariants)("conv2d by Winograd, %s variant of the products", (_, caps) => {
  it.each(named)("%s", async (_, c) => {
    const { inputs, attrs, shape, y } = makeCase(c);
    const [result] = await runOp(device, winograd, inputs, attrs, { caps });
    expect(result.shape).toEqual(shape);
    expectClose(result.dataSync(), y, tolerance);
  });

  it("computes ranges of pictures where the planes of all exceed the binding limit", async () => {
    // 16 planes of 16 tiles of 16 channels are 16 KiB a picture.
    const { inputs, attrs, y } = makeCase({ ...cases[1], x: [7, 8, 8, 16] });
    const tight = { ...caps, maxStorageBufferBindingSize: 2 * 16384 };
    const launches = lowered({ ...testCaps, ...tight }, [7, 8, 8, 16], 16);
    expect(launches.map((l) => l.kernel.name).filter((n) => n.includes("input_transform"))).toHaveLength(4);
    const [result] = await runOp(device, winograd, inputs, attrs, { caps: tight });
    expectClose(result.dataSync(), y, tolerance);
  });

  it("has the gradients of the direct variant", async () => {
    const { inputs, attrs, shape } = makeCase(cases[1]);
    const dy = uniform(4, shape);
    const wanted = await gradOp(device, direct, inputs, attrs, dy, { caps });
    const got = await gradOp(device, winograd, inputs, attrs, dy, { caps });
    wanted.forEach((g, i) => expectClose(got[i]!.dataSync(), g!.dataSync(), { absolute: 2e-5 }));
  });
});

describe("the choice of Winograd", () => {
  const cpu = { ...testCaps, software: true, subgroupSize: 8 };

  it.each([
    ["VGG16's block1_conv2, a picture", [1, 150, 150, 64], 64, true],
    ["VGG16's block5_conv1, 20 pictures", [20, 9, 9, 512], 512, true],
    ["VGG16's first convolution", [20, 150, 150, 3], 64, false],
    ["a picture so small that the kernel's transform takes longer", [1, 4, 4, 512], 512, false],
    ["few filters", [1, 75, 75, 64], 8, false],
    ["pictures of which 64 belong in a range", [64, 150, 150, 65], 65, false],
  ] as const)("%s: %#", (_, x, filters, pays) => {
    const kernels = lowered(cpu, x, filters, conv2d).map((l) => l.kernel.name);
    expect(kernels.some((name) => name.startsWith("winograd"))).toBe(pays);
  });

  it("is a matter of CPU adapters, kernels of 3 × 3 and strides of 1", () => {
    const [x, y] = [float32(1, 75, 75, 128), float32(1, 75, 75, 128)];
    const pays = (caps: DeviceCaps, kernelSize: Size2d, strides: Size2d) =>
      winogradPays(caps, { x, kernel: float32(...kernelSize, 128, 128), y }, strides);
    expect(pays(cpu, [3, 3], [1, 1])).toBe(true);
    expect(pays({ ...cpu, software: false }, [3, 3], [1, 1])).toBe(false);
    expect(pays(cpu, [3, 1], [1, 1])).toBe(false);
    expect(pays(cpu, [5, 5], [1, 1])).toBe(false);
    expect(pays(cpu, [3, 3], [1, 2])).toBe(false);
    expect(pays({ ...cpu, maxStorageBufferBindingSize: 2 ** 20 }, [3, 3], [1, 1])).toBe(false);
  });

  it("keeps the scratch of a large batch within 64 MiB a tensor", () => {
    const scratch: number[] = [];
    lowered(cpu, [20, 150, 150, 64], 64, conv2d, (bytes) => scratch.push(bytes));
    expect(scratch).toHaveLength(3);
    expect(Math.max(...scratch)).toBeLessThanOrEqual(64 * 2 ** 20);
  });
});

/** What a convolution with padding "same" launches. */
function lowered(
  caps: DeviceCaps,
  xShape: readonly number[],
  filters: number,
  op: Op<Conv2dAttrs> = winograd,
  onScratch: (bytes: number) => void = () => {},
): Launch[] {
  const shapes = [xShape, [3, 3, xShape[3], filters], [...xShape.slice(0, 3), filters]];
  const [x, kernel, y] = shapes.map((shape, slot): Operand => ({ ...float32(...shape), slot }));
  const launches: Launch[] = [];
  const ctx = {
    caps,
    launch: (launch: Launch) => void launches.push(launch),
    scratch: (spec: { shape: readonly number[]; dtype: "float32" | "uint32" | "uint8" }) => {
      onScratch(byteLengthOf(spec));
      return { ...spec, slot: 9 };
    },
  };
  op.lower?.(ctx, [x, kernel], [y], { strides, pads: [1, 1, 1, 1], activation: "linear" });
  return launches;
}
