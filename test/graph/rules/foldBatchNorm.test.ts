import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compile } from "../../../src/graph/compile.js";
import { Graph } from "../../../src/graph/graph.js";
import { planProgram } from "../../../src/graph/plan/programPlan.js";
import { foldBatchNorm } from "../../../src/graph/rules/foldBatchNorm.js";
import { Variable } from "../../../src/graph/variable.js";
import { conv2d } from "../../../src/kernels/conv/conv2d.js";
import { relu, relu6 } from "../../../src/kernels/elementwise/activation.js";
import { biasAdd, biasAddGrad } from "../../../src/kernels/elementwise/biasAdd.js";
import { matMul } from "../../../src/kernels/gemm/matMul.js";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { float32, type Value } from "../../../src/kernels/op.js";
import { batchNormInference } from "../../../src/kernels/norm/batchNorm.js";
import { batchNormTraining } from "../../../src/kernels/norm/batchNormTraining.js";
import { maxPool2d } from "../../../src/kernels/pool/maxPool2d.js";
import { castTo } from "../../../src/kernels/shape/cast.js";
import { sgdUpdate } from "../../../src/kernels/training/sgdUpdate.js";
import { sizeOf } from "../../../src/tensor.js";
import { testCaps } from "../../support/caps.js";
import { expectClose } from "../../support/expectClose.js";
import { opsAfter } from "../../support/rules.js";
import { createTestDevice } from "../../support/run.js";
import {
  build,
  cases,
  epsilon,
  expected,
  named,
  recurringOps,
  weightsOf,
  xOf,
  type Case,
} from "./normalizedConvolution.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

describe.each(named)("%s and a normalisation by constants", (_, c) => {
  it("are one convolution in every run, of both layers, with a bias", () => {
    const { graph, y } = build(c);
    const plan = planProgram(graph, { y }, testCaps);
    expect(recurringOps(plan)).toEqual([c.op.name]);
    const { node } = plan.lowered.steps.at(-1)!;
    expect(node).toMatchObject({ scope: "conv + bn", outputs: [y] });
    expect(node.inputs).toHaveLength(3);
  });

  it.each([
    ["float32", 5e-6],
    ["float16", 2e-3],
  ] as const)("compute what the reference does in %s", async (dtype, share) => {
    const { graph, y } = build(c, "linear", dtype);
    const program = await compile(device, graph, { y: castTo(graph, y, "float32") });
    const wanted = expected(c);
    const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expectClose((await program.run(xOf(c))).y, wanted, { absolute: share * largest, relative: 0 });
    program.destroy();
  });

  it("follow each weight that is set after compiling", async () => {
    const { graph, variables, y } = build(c);
    const program = await compile(device, graph, { y });
    let before = (await program.run(xOf(c))).y;
    const weights = weightsOf(c);
    const used = (["kernel", "bias", "gamma", "beta", "mean", "variance"] as const).filter(
      (name) =>
        !((name === "bias" && !c.bias) || (name === "gamma" && !c.scale) || (name === "beta" && !c.center)),
    );
    for (const name of used) {
      weights[name] = weightsOf(c, 100)[name];
      variables[name].write(weights[name].dataSync());
      const after = (await program.run(xOf(c))).y;
      expect(after).not.toEqual(before);
      const wanted = expected(c, weights);
      const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expectClose(after, wanted, { absolute: 5e-6 * largest, relative: 0 });
      before = after;
    }
    program.destroy();
  });
});

describe("with an activation and a pooling behind it, a fold", () => {
  const [c] = cases;

  it("leaves one node in every run, and its bits follow from the folded kernel alone", async () => {
    const trace = () => {
      const { graph, variables, y } = build(c);
      const activated = graph.scoped("relu", () => graph.add(relu6, [y], {}));
      const pooling = { poolSize: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] } as const;
      const [pooled] = graph.scoped("pool", () => graph.apply(maxPool2d, [activated], pooling));
      return { graph, variables, pooled };
    };
    const { graph, pooled } = trace();
    const plan = planProgram(graph, { pooled }, testCaps);
    expect(recurringOps(plan)).toEqual(["conv2d_max_pool"]);
    expect(plan.lowered.steps.at(-1)!.node).toMatchObject({
      scope: "conv + bn + relu + pool",
      attrs: { activation: "relu6" },
    });
    const program = await compile(device, graph, { pooled });
    const { pooled: values } = await program.run(xOf(c));
    const wanted = maximaOf(expected(c).map((v) => Math.min(Math.max(v, 0), 6)));
    expectClose(values, wanted, { absolute: 5e-5 });
    program.destroy();
  });

  /** Of 2 × 2, of a result [2, 8, 8, 12]. */
  function maximaOf(y: Float64Array): Float64Array {
    const at = (n: number, row: number, column: number, channel: number) =>
      y[((n * 8 + row) * 8 + column) * 12 + channel];
    return Float64Array.from({ length: y.length / 4 }, (_, i) => {
      const [channel, column, row, n] = [
        i % 12,
        Math.floor(i / 12) % 4,
        Math.floor(i / 48) % 4,
        Math.floor(i / 192),
      ];
      const window = [0, 1, 2, 3].map((j) => at(n, 2 * row + (j >> 1), 2 * column + (j & 1), channel));
      return Math.max(...window);
    });
  }
});

describe("what a fold makes", () => {
  const [c] = cases;
  it("is kept and counted, and made when a weight changes and not in every run", async () => {
    const { graph, variables, y } = build(c);
    const program = await compile(device, graph, { y });
    const { forms } = program.plan;
    expect(forms.map(({ sources }) => sources.length)).toEqual(expect.arrayContaining([3, 5]));
    const first = (await program.run(xOf(c))).y;
    expect(program.memory.derived).toBe(forms.reduce((sum, { spec }) => sum + 4 * sizeOf(spec.shape), 0));
    // Zeros in the place of all that is kept give zeros, until it is made again.
    for (const { sources, name, spec } of forms)
      device.write(sources[0].form(name)!.buffer, new Float32Array(sizeOf(spec.shape)));
    expect((await program.run(xOf(c))).y.every((value) => value === 0)).toBe(true);
    // Only the bias is made of beta.
    variables.beta.changed();
    expect(new Set((await program.run(xOf(c))).y).size).toBe(c.channels);
    variables.gamma.changed();
    expect((await program.run(xOf(c))).y).toEqual(first);
    program.destroy();
  });

  it("is a kernel where the product is direct, and only the transformed one by Winograd's algorithm", () => {
    const large: Case = { ...c, x: [2, 16, 16, 64], kernel: [3, 3, 64, 64], channels: 64 };
    const planBy = (caps: object) => {
      const { graph, y } = build(large);
      return planProgram(graph, { y }, { ...testCaps, ...caps });
    };
    const bias = 4 * large.channels;
    expect(planBy({}).memory.derived).toBe(4 * sizeOf(large.kernel) + bias);
    const byWinograd = planBy({ software: true, subgroupSize: 8 });
    expect(recurringOps(byWinograd)).toEqual(["conv2d"]);
    // F(4×4, 3×3) has 36 points.
    expect(byWinograd.memory.derived).toBe(4 * 36 * 64 * 64 + bias);
  });

  it("goes with any of its variables, and the rest stays", async () => {
    const { graph, variables, y } = build(c);
    const program = await compile(device, graph, { y });
    await program.run(xOf(c));
    const shared = program.plan.forms.filter(({ sources }) => sources.includes(variables.gamma));
    expect(shared).toHaveLength(2);
    variables.gamma.release();
    for (const { sources, name } of shared)
      for (const variable of sources) expect(variable.form(name)).toBeUndefined();
    expect(variables.kernel.isOn(device)).toBe(true);
    program.destroy();
  });
});

describe("a normalisation stays behind its convolution where", () => {
  const [c] = cases;
  const left = (graph: Graph, ...outputs: Value[]) => opsAfter(graph, outputs, [foldBatchNorm]);

  it.each(["kernel", "bias", "gamma", "beta", "mean", "variance"] as const)(
    "the program changes the %s",
    (name) => {
      const { graph, weight, y } = build(c);
      const gradient = graph.input("gradient", weight(name));
      const hyper = graph.input("hyper", float32(4));
      graph.apply(sgdUpdate, [weight(name), gradient, hyper], { momentum: 0, nesterov: false });
      expect(left(graph, y)).toEqual(["conv2d", "batch_norm_inference", "sgd_update"]);
    },
  );

  it("something else reads the convolution", () => {
    const { graph, z, y } = build(c);
    expect(left(graph, y, z)).toEqual(["conv2d", "batch_norm_inference"]);
    expect(left(graph, y, graph.add(relu, [z], {}))).toEqual(["conv2d", "batch_norm_inference", "relu"]);
  });

  it("an activation is between them", () => {
    const { graph, y } = build(c, "relu");
    expect(left(graph, y)).toEqual(["conv2d", "batch_norm_inference"]);
  });

  it("the statistics are those of the batch", () => {
    const { graph, weight, z } = build(c);
    const mean = graph.add(biasAddGrad, [z], {});
    const y = graph.add(batchNormInference, [z, mean, weight("variance")], {
      ...{ epsilon, scale: false, center: false },
    });
    expect(left(graph, y)).toEqual(["conv2d", "bias_add_grad", "batch_norm_inference"]);
  });

  it("it is a normalisation in training, which takes the statistics itself", () => {
    const { graph, weight, z } = build(c);
    const parameters = [weight("gamma"), weight("beta")];
    const attrs = { epsilon, scale: true, center: true };
    const [y] = graph.apply(batchNormTraining, [z, ...parameters], attrs);
    expect(left(graph, y)).toEqual(["conv2d", "batch_norm_training"]);
  });

  it("a kernel comes with the samples", () => {
    const { graph, weight, x } = build(c);
    const kernel = graph.input("own", float32(...c.kernel));
    const attrs = { strides: c.strides, pads: c.pads, activation: "linear" } as const;
    const z = graph.add(conv2d, [x, kernel], attrs);
    const y = graph.add(batchNormInference, [z, weight("mean"), weight("variance")], {
      ...{ epsilon, scale: false, center: false },
    });
    expect(left(graph, y)).toEqual(["conv2d", "batch_norm_inference"]);
  });

  it("it is no convolution that it normalises", () => {
    const graph = new Graph();
    const variable = (name: string, ...shape: number[]) => graph.variable(new Variable(name, shape));
    const product = { transposeA: false, transposeB: false, activation: "linear" } as const;
    const z = graph.add(matMul, [graph.input("x", float32(2, 8)), variable("kernel", 8, 4)], product);
    const statistics = [variable("mean", 4), variable("variance", 4)];
    const attrs = { epsilon, scale: false, center: false };
    const y = graph.add(batchNormInference, [z, ...statistics], attrs);
    expect(left(graph, y)).toEqual(["mat_mul", "batch_norm_inference"]);
  });
});

it("a convolution takes its bias, then the normalisation", () => {
  const [c] = cases;
  const { graph, x, weight } = build({ ...c, bias: false });
  const attrs = { strides: c.strides, pads: c.pads, activation: "linear" } as const;
  const z = graph.add(biasAdd, [graph.add(conv2d, [x, weight("kernel")], attrs), weight("bias")], {});
  const y = graph.add(batchNormInference, [z, weight("mean"), weight("variance")], {
    ...{ epsilon, scale: false, center: false },
  });
  expect(recurringOps(planProgram(graph, { y }, testCaps))).toEqual(["conv2d"]);
});
