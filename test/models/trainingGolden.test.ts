/** Label smoothing, AdamW and regularizers, against numbers of Keras 3.15.1 (test/golden/training/select_training.py). */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gradients } from "../../src/graph/autodiff.js";
import { compile } from "../../src/graph/compile.js";
import { Graph } from "../../src/graph/graph.js";
import { Variable } from "../../src/graph/variable.js";
import { add, multiply, subtract } from "../../src/kernels/elementwise/binary.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { mean, sum } from "../../src/kernels/shape/reduce.js";
import { Dense, type DenseOptions } from "../../src/models/layers/core/dense.js";
import { emitLoss } from "../../src/models/losses.js";
import { AdamW } from "../../src/models/optimizers/adamw.js";
import { optimizerFromConfig } from "../../src/models/optimizers/savedOptimizer.js";
import type { Optimizer } from "../../src/models/optimizers/optimizer.js";
import { lossOf } from "../../src/models/saving/savedTargets.js";
import { Sequential } from "../../src/models/sequential.js";
import { Penalties } from "../../src/models/training/penalties.js";
import { tensor, type Tensor } from "../../src/tensor.js";
import { finiteDifference } from "../reference/finiteDifference.js";
import { expectClose } from "../support/expectClose.js";
import { goldenPath } from "../support/golden.js";
import { createTestDevice } from "../support/run.js";

interface LossCase {
  class: string;
  config: Record<string, unknown>;
  per_sample: number[];
  y_true: number[];
  y_pred: number[];
  dy_pred: number[];
}
interface Step {
  train_on_batch: number;
  test_on_batch_before: number;
  kernel: number[];
  bias: number[];
}
const golden = JSON.parse(readFileSync(goldenPath("training/training.json"), "utf8")) as {
  losses: Record<string, LossCase>;
  optimizers: Record<string, { class: string; config: Record<string, unknown>; v: number[][] }>;
  v0: number[];
  gv: number[][];
  regularizers: Record<string, Step>;
  x: number[];
  y: number[];
  w0: number[];
  b0: number[];
};

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const values = (t: Tensor) => [...(t.dataSync() as Float32Array)];

describe("label smoothing", () => {
  it.each(Object.entries(golden.losses))("%s gives Keras's losses and gradient", async (_, wanted) => {
    const spec = lossOf({ class_name: wanted.class, config: wanted.config });
    if (typeof spec === "string") throw new Error("the smoothing is lost");
    expect(spec.labelSmoothing).toBe(wanted.config.label_smoothing);
    const graph = new Graph();
    const float = { shape: [4, 3], dtype: "float32" } as const;
    const [labels, prediction] = [graph.input("labels", float), graph.input("prediction", float)];
    const each = emitLoss(graph, spec.name, labels, prediction, spec);
    const [gradient] = gradients(graph, graph.add(mean, [each], {}), [prediction]);
    const program = await compile(device, graph, { each, gradient: gradient! });
    const { y_true: y, y_pred: p } = wanted;
    const got = await program.run({ labels: Float32Array.from(y), prediction: Float32Array.from(p) });
    expectClose(got.each, wanted.per_sample, { relative: 1e-5, absolute: 1e-6 });
    expectClose(got.gradient, wanted.dy_pred, { relative: 2e-5, absolute: 1e-6 });
    program.destroy();
  });

  it("is an option of compile, for every output's loss that has it", async () => {
    const model = new Sequential([new Dense({ units: 1, activation: "sigmoid", inputDim: 4 })], { device });
    const [x, y] = [tensor(golden.x, [5, 4]), tensor([0, 1, 1, 0, 1], [5, 1])];
    model.compile({ loss: "binary_crossentropy", labelSmoothing: 0.2 });
    const p = values(await model.predict(x));
    const loss = values(y).map((label, i) => {
      const target = label * 0.8 + 0.1;
      return -(target * Math.log(p[i]) + (1 - target) * Math.log(1 - p[i]));
    });
    const wanted = loss.reduce((total, l) => total + l) / 5;
    expectClose([(await model.evaluate(x, y)).loss], [wanted], { relative: 1e-5, absolute: 1e-6 });
  });
});

describe("AdamW", () => {
  async function steps(optimizer: Optimizer): Promise<number[][]> {
    const variable = new Variable("v", [6], () => Float32Array.from(golden.v0));
    const graph = new Graph();
    const gradient = graph.input("gradient", { shape: [6], dtype: "float32" });
    const hyper = graph.input("hyper", { shape: [4], dtype: "float32" });
    optimizer.apply(graph, [{ name: "v", learned: true, variable }], [gradient], hyper);
    const program = await compile(device, graph, {});
    const after: number[][] = [];
    for (const values of golden.gv) {
      program.submit({ gradient: Float32Array.from(values), hyper: optimizer.hyper() });
      optimizer.iterations++;
      after.push([...((await variable.read()) as Float32Array)]);
    }
    program.destroy();
    return after;
  }

  it.each(Object.entries(golden.optimizers))("%s moves a variable as Keras does", async (_, wanted) => {
    const optimizer = optimizerFromConfig(wanted.class, wanted.config);
    const got = await steps(optimizer);
    wanted.v.forEach((v, i) => expectClose(got[i], v, { relative: 2e-6, absolute: 2e-6 }));
  });

  it("decays by the rate of the step, and not at all with 0", async () => {
    const none = await steps(new AdamW({ learningRate: 0.05, weightDecay: 0 }));
    const plain = await steps(optimizerFromConfig("Adam", { learning_rate: 0.05 }));
    expect(none).toEqual(plain);
  });

  it("is saved with its decay, and refuses one that makes no sense", () => {
    const { config } = golden.optimizers["adamw_.1"];
    const again = optimizerFromConfig("AdamW", config).getConfig();
    expect(again).toMatchObject({ weight_decay: config.weight_decay, beta_1: config.beta_1, amsgrad: false });
    expect(() => new AdamW({ weightDecay: -1 })).toThrow("AdamW: weightDecay: expected");
    expect(() => optimizerFromConfig("Adam", { weight_decay: 0.1 })).toThrow("weight_decay is 0.1");
  });
});

describe("regularizers", () => {
  const options: Record<string, Partial<DenseOptions>> = {
    plain: {},
    l2_kernel: { kernelRegularizer: { className: "L2", config: { l2: 0.02 } } },
    l1_kernel_l2_bias: {
      kernelRegularizer: { className: "L1", config: { l1: 0.01 } },
      biasRegularizer: { className: "L2", config: { l2: 0.05 } },
    },
    activity_l2: { activityRegularizer: { className: "L2", config: { l2: 0.02 } } },
  };

  /** Keras's step has the mean squared error. */
  it.each(Object.entries(golden.regularizers))("%s: loss and step as Keras's", async (name, wanted) => {
    const model = new Sequential([new Dense({ units: 3, inputDim: 4, ...options[name] })], { device });
    await model.setWeights([tensor(golden.w0, [4, 3]), tensor(golden.b0)]);
    const graph = new Graph();
    const x = graph.input("x", { shape: [5, 4], dtype: "float32" });
    const y = graph.input("y", { shape: [5, 3], dtype: "float32" });
    const penalties = new Penalties(graph, model);
    const observe = penalties.observe.bind(penalties);
    const [p] = model.emit({ graph, training: false, seed: 0, observe }, [x]);
    const difference = graph.add(subtract, [p, y], {});
    const mse = graph.add(mean, [graph.add(multiply, [difference, difference], {})], {});
    const penalty = penalties.total(model.trainableWeights);
    const each = penalties.ofEachSample(model.trainableWeights, 5);
    const loss = penalty ? graph.add(add, [mse, penalty], {}) : mse;
    const wrt = model.trainableWeights.map(({ variable }) => graph.variable(variable));
    const [kernel, bias] = gradients(graph, loss, wrt);
    const outputs = { loss, kernel: kernel!, bias: bias!, ...(each && { each: graph.add(sum, [each], {}) }) };
    const program = await compile(device, graph, { ...outputs, ...(penalty && { penalty }) });
    const got = await program.run({ x: Float32Array.from(golden.x), y: Float32Array.from(golden.y) });
    const tolerance = { relative: 1e-5, absolute: 1e-6 };
    expectClose(got.loss, [wanted.train_on_batch], tolerance);
    if (penalty) expectClose(got.each, [5 * got.penalty[0]], tolerance);
    const stepped = (w: readonly number[], g: ArrayLike<number>) => w.map((v, i) => v - 0.1 * g[i]);
    expectClose(stepped(golden.w0, got.kernel), wanted.kernel, tolerance);
    expectClose(stepped(golden.b0, got.bias), wanted.bias, tolerance);
    program.destroy();
  });

  it("join the loss of training and of evaluate, for every output alike, and not the weights of samples", async () => {
    const build = (l2: number) => {
      const regularizer = { className: "L2", config: { l2 } } as const;
      const model = new Sequential(
        [
          new Dense({ units: 3, activation: "relu", inputDim: 4, kernelRegularizer: regularizer }),
          new Dense({ units: 1, activation: "sigmoid", activityRegularizer: regularizer }),
        ],
        { device, seed: 3 },
      );
      model.compile({ optimizer: "sgd", loss: "binary_crossentropy" });
      return model;
    };
    const [plain, penalized] = [build(0), build(0.5)];
    const [x, y] = [tensor(golden.x, [5, 4]), tensor([0, 1, 1, 0, 1], [5, 1])];
    const squares = (list: readonly number[]) => list.reduce((total, v) => total + v * v, 0);
    const [kernel] = await penalized.getWeights();
    const expected = 0.5 * (squares(values(kernel)) + squares(values(await penalized.predict(x))) / 5);
    const sampleWeight = [1, 2, 3, 4, 5];
    for (const batchSize of [5, 2]) {
      const [a, b] = [
        await plain.evaluate(x, y, { batchSize, sampleWeight }),
        await penalized.evaluate(x, y, { batchSize, sampleWeight }),
      ];
      expectClose([b.loss - a.loss], [expected], { relative: 1e-5, absolute: 2e-6 });
    }
    const [a] = await plain.trainOnBatch(x, y);
    const [b] = await penalized.trainOnBatch(x, y);
    expectClose([b - a], [expected], { relative: 1e-5, absolute: 2e-6 });
  });

  it("do not count for weights of frozen layers, as in Keras", async () => {
    const frozen = new Dense({
      ...{ units: 3, inputDim: 4, trainable: false, kernelRegularizer: "l2", name: "frozen" },
    });
    const model = new Sequential([frozen, new Dense({ units: 1, activation: "sigmoid" })], {
      device,
      seed: 3,
    });
    const [x, y] = [tensor(golden.x, [5, 4]), tensor([0, 1, 1, 0, 1], [5, 1])];
    model.compile({ optimizer: "sgd", loss: "binary_crossentropy" });
    const { loss } = await model.evaluate(x, y);
    frozen.trainable = true;
    model.compile({ optimizer: "sgd", loss: "binary_crossentropy" });
    const [kernel] = await frozen.getWeights();
    const penalty = 0.01 * values(kernel).reduce((total, v) => total + v * v, 0);
    expectClose([(await model.evaluate(x, y)).loss - loss], [penalty], { relative: 1e-4, absolute: 1e-6 });
  });

  it.each([[{ l1: 0.3, l2: 0 }], [{ l1: 0.2, l2: 0.1 }]])(
    "have the gradient of their definition: %j",
    async (config) => {
      const layer = new Dense({
        ...{ units: 2, inputDim: 3, useBias: false, kernelRegularizer: { className: "L1L2", config } },
      });
      const model = new Sequential([layer], { device });
      const w = [0.5, -1, 0, 0.25, -0.125, 2];
      await model.setWeights([tensor(w, [3, 2])]);
      const graph = new Graph();
      const total = new Penalties(graph, model).total(model.trainableWeights)!;
      const [gradient] = gradients(graph, total, [graph.variable(model.weights[0].variable)]);
      const program = await compile(device, graph, { total, gradient: gradient! });
      const got = await program.run({});
      const reference = (x: Float64Array) =>
        Float64Array.of(x.reduce((s, v) => s + config.l1 * Math.abs(v) + config.l2 * v * v, 0));
      expectClose(got.total, [...reference(Float64Array.from(w))], { relative: 1e-6, absolute: 1e-6 });
      const wanted = finiteDifference(reference, Float64Array.from(w), Float64Array.of(1));
      expectClose(got.gradient, [...wanted], { relative: 1e-5, absolute: 1e-6 });
      program.destroy();
    },
  );
});
