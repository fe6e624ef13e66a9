/** Weights kept within bounds, against numbers of Keras 3.15.1 (test/golden/training/select_training.py). */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compile } from "../../src/graph/compile.js";
import { Graph } from "../../src/graph/graph.js";
import { Variable } from "../../src/graph/variable.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { constrainNonNegative, constrainNorm } from "../../src/kernels/training/constrain.js";
import { Conv2D, Dense, Sequential, tensor, type Constraint } from "../../src/index.js";
import { emitConstraints } from "../../src/models/training/constraints.js";
import { uniform } from "../reference/random.js";
import { expectClose, float64 } from "../support/expectClose.js";
import { goldenPath } from "../support/golden.js";
import { createTestDevice } from "../support/run.js";

interface Step {
  kernel: number[];
  bias: number[];
}
const golden = JSON.parse(readFileSync(goldenPath("training/training.json"), "utf8")) as {
  regularizers: Record<string, Step>;
  constraints: Record<string, Step>;
  constrained: Record<string, number[]>;
  w0: number[];
};

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const tolerance = { relative: 1e-5, absolute: 1e-6 };

/** What a step's constraints make of the weights of a model. */
async function constrain(model: Sequential): Promise<Float32Array> {
  const graph = new Graph();
  emitConstraints(graph, model.leafLayers, model.trainableWeights);
  const program = await compile(device, graph, {});
  await program.run({});
  program.destroy();
  const [kernel] = await model.getWeights();
  return kernel.dataSync() as Float32Array;
}

async function dense(kernel: ArrayLike<number>, inputs: number, kernelConstraint: Constraint) {
  const units = kernel.length / inputs;
  const layer = new Dense({ units, inputDim: inputs, useBias: false, kernelConstraint });
  const model = new Sequential([layer], { device });
  await model.setWeights([tensor(Float32Array.from(kernel), [inputs, units])]);
  return model;
}

describe("of a Dense kernel, after Keras's step", () => {
  const bounds: Record<string, Constraint> = {
    max_norm: { className: "MaxNorm", config: { maxValue: 0.7 } },
    non_neg: "non_neg",
    unit_norm: "unit_norm",
    min_max_norm: { className: "MinMaxNorm", config: { minValue: 0.5, maxValue: 0.8, rate: 0.6 } },
  };
  it.each(Object.entries(golden.constraints))("%s", async (name, { kernel }) => {
    // The golden step without a constraint ends where the one with it begins.
    const model = await dense(golden.regularizers.plain.kernel, 4, bounds[name]);
    expectClose(await constrain(model), kernel, tolerance);
  });
});

describe("of a Conv2D kernel, as Keras's", () => {
  const bounds: Record<string, Constraint> = {
    max_norm_1_axis0: { className: "MaxNorm", config: { maxValue: 1, axis: 0 } },
    max_norm_1_axis012: { className: "MaxNorm", config: { maxValue: 1, axis: [0, 1, 2] } },
    unit_norm_axis012: { className: "UnitNorm", config: { axis: [0, 1, 2] } },
    non_neg: "NonNeg",
    min_max_norm: {
      className: "MinMaxNorm",
      config: { minValue: 0.5, maxValue: 1, rate: 0.5, axis: [0, 1, 2] },
    },
  };
  it.each(Object.entries(bounds))("%s", async (name, kernelConstraint) => {
    const layer = new Conv2D({
      filters: 4,
      kernelSize: 2,
      useBias: false,
      inputShape: [5, 5, 3],
      kernelConstraint,
    });
    const model = new Sequential([layer], { device });
    await model.setWeights([tensor(golden.constrained.w, [2, 2, 3, 4])]);
    expectClose(await constrain(model), golden.constrained[name], tolerance);
  });
});

describe("norms over any axes", () => {
  it.each([
    { shape: [37, 5], axes: [0] },
    { shape: [5, 37], axes: [1] },
    { shape: [3, 7, 11], axes: [1] },
    { shape: [3, 7, 11], axes: [1, 2] },
    { shape: [300], axes: [0] },
    { shape: [2, 2, 3, 70], axes: [0, 1, 2, 3] },
  ])("$axes of $shape", async ({ shape, axes }) => {
    const w = uniform(7, shape);
    const variable = new Variable("w", shape, () => w.dataSync());
    const graph = new Graph();
    graph.apply(constrainNorm, [graph.variable(variable)], { axes, minimum: 0.25, maximum: 0.75, rate: 0.5 });
    const program = await compile(device, graph, {});
    await program.run({});
    const values = float64(w);
    const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
    const groupOf = (at: number) =>
      shape.map((size, i) => (axes.includes(i) ? 0 : Math.floor(at / strides[i]) % size)).join();
    const squares = new Map<string, number>();
    values.forEach((v, at) => squares.set(groupOf(at), (squares.get(groupOf(at)) ?? 0) + v * v));
    const expected = values.map((v, at) => {
      const norm = Math.sqrt(squares.get(groupOf(at))!);
      return (v * (0.5 * Math.min(Math.max(norm, 0.25), 0.75) + 0.5 * norm)) / (1e-7 + norm);
    });
    expectClose(await variable.read(), expected, { relative: 5e-6 });
    program.destroy();
  });

  it("are of axes next to each other", () => {
    const graph = new Graph();
    const w = graph.variable(new Variable("w", [2, 3, 4]));
    const bounds = { minimum: 0, maximum: 1, rate: 1 };
    for (const axes of [[], [0, 2], [2, 1], [3], [-1]])
      expect(() => graph.apply(constrainNorm, [w], { axes, ...bounds })).toThrow("next to each other");
  });

  it("leave what is not a number as it is", async () => {
    const variable = new Variable("w", [3], () => Float32Array.of(NaN, -2, 3));
    const graph = new Graph();
    graph.apply(constrainNonNegative, [graph.variable(variable)], {});
    const program = await compile(device, graph, {});
    await program.run({});
    expect([...(await variable.read())]).toEqual([NaN, expect.closeTo(0), 3]);
    program.destroy();
  });
});

describe("training", () => {
  const x = uniform(1, [6, 4]);
  const y = tensor([0, 1, 1, 0, 1, 0], [6, 1]);
  const start = [0.9, -0.8, 0.7, -0.6];

  async function step(kernelConstraint: Constraint | null, trainable = true) {
    const layer = new Dense({
      units: 1,
      activation: "sigmoid",
      inputDim: 4,
      useBias: false,
      kernelConstraint,
    });
    const last = new Dense({ units: 1, useBias: false, activation: "sigmoid" });
    const model = new Sequential([layer, last], { device });
    await model.setWeights([tensor(start, [4, 1]), tensor([2], [1, 1])]);
    layer.trainable = trainable;
    model.compile({ optimizer: "sgd", loss: "binary_crossentropy" });
    await model.trainOnBatch(x, y);
    return float64((await layer.getWeights())[0]);
  }

  it("brings a weight back after its update, and leaves a frozen one alone", async () => {
    const free = await step(null);
    const norm = Math.hypot(...free);
    expect(norm).toBeGreaterThan(0.6);
    const bounded = await step({ className: "MaxNorm", config: { maxValue: 0.5 } });
    expectClose(
      bounded,
      free.map((v) => (v * 0.5) / norm),
      tolerance,
    );
    expectClose(await step("max_norm", false), start, tolerance);
  });
});

describe("options", () => {
  it.each([
    "maxnorm",
    { className: "MaxNorm", config: { rate: 1 } },
    { className: "NonNeg", config: { axis: 0 } },
    3,
  ])("%j is refused", (kernelConstraint) => {
    expect(() => new Dense({ units: 1, kernelConstraint: kernelConstraint as Constraint })).toThrow(
      "Dense: kernelConstraint: expected",
    );
  });

  it("axes that a kernel does not have are refused when the step is built", async () => {
    const model = await dense([1, 2, 3, 4], 2, { className: "MaxNorm", config: { axis: 2 } });
    await expect(constrain(model)).rejects.toThrow("axes of [2, 2] next to each other");
  });
});
