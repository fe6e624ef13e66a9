/** Variables in another form: made when their values change, and then only. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compile } from "../../src/graph/compile.js";
import { Graph } from "../../src/graph/graph.js";
import { Variable } from "../../src/graph/variable.js";
import { conv2d, convolution as ofConv2d } from "../../src/kernels/conv/conv2d.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import type { Value } from "../../src/kernels/op.js";
import { sgdUpdate } from "../../src/kernels/training/sgdUpdate.js";
import { f4 } from "../../src/kernels/winograd/winogradMatrices.js";
import type { Program } from "../../src/graph/program/program.js";
import { sizeOf } from "../../src/tensor.js";
import { uniform } from "../reference/random.js";
import { byAlgorithm } from "../support/algorithms.js";
import { expectClose } from "../support/expectClose.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const attrs = { strides: [1, 1], pads: [1, 1, 1, 1], activation: "linear" } as const;
const winograd = byAlgorithm(conv2d, ofConv2d, f4);
const direct = byAlgorithm(conv2d, ofConv2d);
const x = uniform(1, [2, 8, 8, 8]);
/** Channels that a panel of the product has, 8 of which are there. */
const panelWidth = 4 * 8;
const kernelOf = (seed: number) => uniform(seed, [3, 3, 8, 8]);

interface Convolution {
  readonly kernel: Variable;
  readonly program: Program;
}

async function convolution(
  kernel: Variable,
  more: (graph: Graph, kernel: Value) => void = () => {},
): Promise<Convolution> {
  const graph = new Graph();
  const input = graph.input("x", { shape: [2, 8, 8, 8], dtype: "float32" });
  const weights = graph.variable(kernel);
  const y = graph.add(winograd, [input, weights], attrs);
  more(graph, weights);
  return { kernel, program: await compile(device, graph, { y }) };
}

function variable(seed: number): Variable {
  return new Variable("kernel", [3, 3, 8, 8], () => kernelOf(seed).dataSync().slice());
}

/** What the direct product gives with the kernel of `seed`. */
async function expected(seed: number) {
  const graph = new Graph();
  const y = graph.add(direct, [graph.input("x", x), graph.input("kernel", kernelOf(seed))], attrs);
  const program = await compile(device, graph, { y });
  const { y: values } = await program.run({ x: x.dataSync(), kernel: kernelOf(seed).dataSync() });
  program.destroy();
  return values;
}

async function expectKernel(program: Program, seed: number): Promise<void> {
  const { y } = await program.run({ x: x.dataSync() });
  expectClose(y, await expected(seed), { absolute: 1e-4 });
}

/** Whether the next run takes the transform as it lies there: zeros in its place give zeros. */
async function isReused({ kernel, program }: Convolution): Promise<boolean> {
  const [{ name, spec }] = program.plan.forms;
  device.write(kernel.form(name)!.buffer, new Float32Array(sizeOf(spec.shape)));
  const { y } = await program.run({ x: x.dataSync() });
  return y.every((value) => value === 0);
}

describe("a kernel's transform", () => {
  it("is made in the first run, and again when the kernel was written", async () => {
    const { kernel, program } = await convolution(variable(2));
    await expectKernel(program, 2);
    expect(await isReused({ kernel, program })).toBe(true);
    kernel.write(kernelOf(3).dataSync());
    expect(await isReused({ kernel, program })).toBe(false);
    await expectKernel(program, 3);
    expect(await isReused({ kernel, program })).toBe(true);
  });

  it("is shared by the programs that use the kernel", async () => {
    const { kernel, program } = await convolution(variable(2));
    await expectKernel(program, 2);
    expect(await isReused(await convolution(kernel))).toBe(true);
    expect(program.memory.derived).toBe(4 * 36 * 8 * panelWidth);
  });

  it("is made in every run of a program that changes the kernel, and anew elsewhere after one", async () => {
    const { kernel, program: other } = await convolution(variable(2));
    await expectKernel(other, 2);
    // kernel ← kernel − 1 · (kernel − next): from the kernel of seed 2 to that of seed 3.
    const next = kernelOf(3).dataSync();
    const step = kernelOf(2)
      .dataSync()
      .map((value, i) => value - next[i]);
    const { program } = await convolution(kernel, (graph, value) => {
      const grad = graph.input("grad", value);
      const hyper = graph.input("hyper", { shape: [4], dtype: "float32" });
      graph.apply(sgdUpdate, [value, grad, hyper], { momentum: 0, nesterov: false });
    });
    expect(program.memory.derived).toBe(0);
    await program.run({ x: x.dataSync(), grad: step, hyper: Float32Array.of(1, 0, 0, 0) });
    await expectKernel(other, 3);
    expect(await isReused({ kernel, program: other })).toBe(true);
  });

  it("goes with its variable", async () => {
    const { kernel, program } = await convolution(variable(2));
    await program.run({ x: x.dataSync() });
    const [{ name }] = program.plan.forms;
    expect(kernel.form(name)).toBeDefined();
    kernel.release();
    expect(kernel.form(name)).toBeUndefined();
  });
});
