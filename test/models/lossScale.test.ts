/** Loss scaling: against Keras 3.15.1 (test/golden/lossScale/make.py), and training with it against training without. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { compile } from "../../src/graph/compile.js";
import { Graph } from "../../src/graph/graph.js";
import { Variable } from "../../src/graph/variable.js";
import { withHdf5 } from "../../src/io/hdf5/reader.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { float32 } from "../../src/kernels/op.js";
import { TerminateOnNaN } from "../../src/models/callbacks/terminateOnNaN.js";
import { Conv2D } from "../../src/models/layers/convolutional/conv2d.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Dropout } from "../../src/models/layers/regularization/dropout.js";
import { Flatten } from "../../src/models/layers/reshaping/flatten.js";
import type { Model } from "../../src/models/model.js";
import { Adam } from "../../src/models/optimizers/adam.js";
import { withLossScale, type LossScale } from "../../src/models/optimizers/lossScale.js";
import { LossScaleOptimizer } from "../../src/models/optimizers/lossScaleOptimizer.js";
import type { Optimizer } from "../../src/models/optimizers/optimizer.js";
import { RMSprop } from "../../src/models/optimizers/rmsprop.js";
import { SGD } from "../../src/models/optimizers/sgd.js";
import { loadModel } from "../../src/models/saving/load.js";
import { compileOptions } from "../../src/models/saving/training.js";
import { Sequential } from "../../src/models/sequential.js";
import { tensor } from "../../src/tensor.js";
import { uniform } from "../reference/random.js";
import { expectClose } from "../support/expectClose.js";
import { goldenPath } from "../support/golden.js";
import { createTestDevice } from "../support/run.js";

interface Golden {
  growth_steps: number;
  start: number[][];
  gradients: number[][][];
  injected: [step: number, weight: number, element: number, value: string][];
  runs: Record<
    string,
    {
      steps: { weights: number[][]; scale: number; good_steps: number; iterations: number }[];
      config: Record<string, unknown>;
    }
  >;
}
const golden = JSON.parse(readFileSync(goldenPath("lossScale/lossScale.json"), "utf8")) as Golden;
const usage = expect.objectContaining({ code: "usage" }) as Error;

let device: Device;
let folder: string;
beforeAll(async () => {
  device = await createTestDevice();
  folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
});
afterAll(async () => {
  device.destroy();
  await rm(folder, { recursive: true });
});
afterEach(() => vi.restoreAllMocks());

describe("LossScaleOptimizer", () => {
  const learningRate = 0.05;
  const inner: Record<string, () => Optimizer> = {
    SGD: () => new SGD({ learningRate }),
    "SGD with momentum and clipvalue": () => new SGD({ learningRate, momentum: 0.9, clipvalue: 0.5 }),
    RMSprop: () => new RMSprop({ learningRate }),
    "RMSprop with clipnorm": () =>
      new RMSprop({ learningRate, momentum: 0.5, centered: true, clipnorm: 0.5 }),
    Adam: () => new Adam({ learningRate }),
  };

  it.each(Object.keys(golden.runs))("takes and skips %s's steps as Keras does", async (name) => {
    const { start, gradients, injected, growth_steps: dynamicGrowthSteps } = golden;
    const optimizer = new LossScaleOptimizer(inner[name](), { initialScale: 96, dynamicGrowthSteps });
    const graph = new Graph();
    const weights = start.map((values, i) => {
      const variable = new Variable(`w${i}`, [values.length], () => Float32Array.from(values));
      return { name: "kernel", learned: true, variable };
    });
    const grads = start.map((values, i) => graph.input(`g${i}`, float32(values.length)));
    optimizer.apply(graph, weights, grads, graph.input("hyper", float32(4)));
    const program = await compile(device, graph, {});
    let [scale, skippedSteps] = [96, 0];
    for (const [step, expected] of golden.runs[name].steps.entries()) {
      const scaled = gradients[step].map((g) => Float32Array.from(g, (value) => value * scale));
      for (const [at, weight, element, value] of injected)
        if (at === step) scaled[weight][element] = Number(value.replace("inf", "Infinity"));
      const before = optimizer.iterations;
      program.submit({ g0: scaled[0], g1: scaled[1], hyper: optimizer.hyper() });
      // Keras counts only the steps that are taken, and Adam's correction of its bias goes by that count.
      optimizer.iterations = expected.iterations;
      for (const [i, { variable }] of weights.entries())
        // Keras corrects Adam's bias in float32, which loses 1e-5 of a step of 0.05.
        expectClose(await variable.read(), expected.weights[i], { absolute: 3e-6 });
      if (expected.iterations === before) skippedSteps++;
      ({ scale } = expected);
      expect(await optimizer.status()).toEqual({ scale, goodSteps: expected.good_steps, skippedSteps });
    }
    expect(skippedSteps).toBe(new Set(injected.map(([step]) => step)).size);
    program.destroy();
  });

  it("leaves rate and iterations to the optimizer within", () => {
    const sgd = new SGD({ learningRate: 0.5 });
    const optimizer = new LossScaleOptimizer(sgd);
    optimizer.learningRate = 0.25;
    optimizer.iterations = 7;
    expect([sgd.learningRate, sgd.iterations]).toEqual([0.25, 7]);
    expect([optimizer.learningRate, optimizer.iterations, optimizer.hyper()[0]]).toEqual([0.25, 7, 0.25]);
  });

  it("refuses what makes no sense", () => {
    for (const initialScale of [0, -1, NaN, Infinity, 2 ** 127])
      expect(() => new LossScaleOptimizer(new SGD(), { initialScale })).toThrow(usage);
    for (const dynamicGrowthSteps of [0, 1.5, NaN, 2 ** 25])
      expect(() => new LossScaleOptimizer(new SGD(), { dynamicGrowthSteps })).toThrow(usage);
    expect(() => withLossScale(new SGD(), 0)).toThrow(usage);
    expect(() => withLossScale(new LossScaleOptimizer(new SGD()), "dynamic")).toThrow(
      "optimizer LossScaleOptimizer: its loss is scaled already",
    );
    expect(() => withLossScale(withLossScale(new SGD(), 8), 8)).toThrow(usage);
  });
});

const x = uniform(1, [12, 6, 5, 2], -1, 1);
const y = tensor(
  Float32Array.from({ length: 12 }, (_, i) => i % 2),
  [12, 1],
);

function imageModel(optimizer: Optimizer, lossScale?: LossScale): Sequential {
  const model = new Sequential(
    [
      new Conv2D({ filters: 3, kernelSize: 3, activation: "relu", inputShape: [6, 5, 2] }),
      new Flatten(),
      new Dropout({ rate: 0.25 }),
      new Dense({ units: 1, activation: "sigmoid" }),
    ],
    { device, seed: 5 },
  );
  model.compile({ optimizer, lossScale, loss: "binary_crossentropy", metrics: ["acc"] });
  return model;
}

async function weightsOf(model: Model): Promise<number[][]> {
  return (await model.getWeights()).map((t) => [...t.dataSync()]);
}

const dynamicOf = (model: Model) => model.compilation!.optimizer as LossScaleOptimizer;
const dispatches = async (model: Model) =>
  (await (await model.ready()).train(12, { shape: [6, 5, 2], dtype: "float32" })).toString();

describe("training with a scaled loss", () => {
  const optimizers: [string, () => Optimizer][] = [
    ["RMSprop", () => new RMSprop({ learningRate: 0.01 })],
    ["Adam with clipnorm", () => new Adam({ learningRate: 0.01, clipnorm: 0.1 })],
    ["SGD with clipvalue", () => new SGD({ learningRate: 0.1, momentum: 0.9, clipvalue: 0.01 })],
  ];

  it.each(optimizers)(
    "%s takes the same steps, to the bit, for scales that are powers of two",
    async (_, make) => {
      const fit = async (lossScale?: LossScale) => {
        const model = imageModel(make(), lossScale);
        const { history } = await model.fit(x, y, { epochs: 3, batchSize: 5 });
        return { model, outcome: { history, weights: await weightsOf(model) } };
      };
      const { outcome: plain } = await fit();
      const { outcome: fixed } = await fit(1024);
      const { outcome: dynamic, model } = await fit({ initialScale: 2 ** 10, dynamicGrowthSteps: 4 });
      expect(fixed).toEqual(plain);
      expect(dynamic).toEqual(plain);
      expect(await dynamicOf(model).status()).toEqual({ scale: 2 ** 12, goodSteps: 1, skippedSteps: 0 });
    },
  );

  it("launches nothing more where the scale is fixed or absent", async () => {
    const of = (lossScale?: LossScale) => dispatches(imageModel(new SGD(), lossScale));
    const [plain, fixed, dynamic] = [await of(), await of(8), await of("dynamic")];
    expect(plain).not.toMatch(/all_finite|loss_scale|unscale/);
    expect(fixed).toBe(plain);
    // A fill and one for each of four weights; one that decides; the scale is what flows into the loss, and no fill.
    const count = (plan: string) => Number.parseInt(plan);
    expect(count(dynamic) - count(plain)).toBe(5);
  });

  it("skips the steps whose gradients overflow until the scale fits, and diverges by none of them", async () => {
    const large = tensor(
      x.dataSync().map((value) => 2 ** 20 * value),
      x.shape,
    );
    const make = (lossScale?: LossScale) => imageModel(new SGD({ learningRate: 2 ** -40 }), lossScale);
    const overflowing = make({ initialScale: 2 ** 126 });
    const before = await weightsOf(overflowing);
    const losses = [(await overflowing.trainOnBatch(large, y))[0]];
    expect(await weightsOf(overflowing)).toEqual(before);
    expect(await dynamicOf(overflowing).status()).toEqual({ scale: 2 ** 125, goodSteps: 0, skippedSteps: 1 });
    const nan = new TerminateOnNaN();
    const { history } = await overflowing.fit(large, y, { epochs: 40, batchSize: 12, callbacks: [nan] });
    losses.push(...history.loss);
    expect(losses).toHaveLength(41);
    expect(losses.every(Number.isFinite)).toBe(true);
    const { scale, skippedSteps, goodSteps } = await dynamicOf(overflowing).status();
    expect(skippedSteps).toBeGreaterThan(5);
    expect(scale).toBe(2 ** (126 - skippedSteps));
    expect(goodSteps).toBeGreaterThan(0);
    expect(await weightsOf(overflowing)).not.toEqual(before);
  });

  it("ends up where the steps that were not skipped lead", async () => {
    const large = tensor(
      x.dataSync().map((value) => 2 ** 20 * value),
      x.shape,
    );
    const steps = async (count: number, lossScale?: LossScale) => {
      const model = new Sequential([new Flatten({ inputShape: [6, 5, 2] }), new Dense({ units: 1 })], {
        device,
        seed: 6,
      });
      model.add(new Dense({ units: 1, activation: "sigmoid" }));
      const optimizer = new SGD({ learningRate: 2 ** -40, momentum: 0.9 });
      model.compile({ optimizer, lossScale, loss: "binary_crossentropy" });
      for (let i = 0; i < count; i++) await model.trainOnBatch(large, y);
      return model;
    };
    const scaled = await steps(30, { initialScale: 2 ** 126 });
    const { goodSteps, skippedSteps } = await dynamicOf(scaled).status();
    expect(skippedSteps).toBeGreaterThan(0);
    expect(await weightsOf(scaled)).toEqual(await weightsOf(await steps(goodSteps)));
    expect(scaled.compilation!.optimizer.iterations).toBe(30);
  });
});

describe("a model whose loss is scaled", () => {
  it.each<[string, LossScale]>([
    ["dynamically", { initialScale: 64, dynamicGrowthSteps: 3 }],
    ["by a fixed factor", 64],
  ])("%s comes back from a file", async (_, lossScale) => {
    const path = join(folder, "scaled.h5");
    const model = imageModel(new RMSprop({ learningRate: 0.5, clipnorm: 2 }), lossScale);
    await model.save(path);
    const loaded = await loadModel(path, { device });
    const { optimizer } = loaded.compilation!;
    expect(optimizer.className).toBe(model.compilation!.optimizer.className);
    expect(optimizer.getConfig()).toEqual(model.compilation!.optimizer.getConfig());
    expect((await loaded.fit(x, y, { epochs: 1 })).history.loss[0]).toBeGreaterThan(0);
  });

  it("is written as tf.keras 2 does, without what is not set", async () => {
    const path = join(folder, "notation.h5");
    await imageModel(new SGD({ learningRate: 0.5 }), "dynamic").save(path);
    const training = await withHdf5(path, ({ root }) => root.string("training_config")!);
    expect((JSON.parse(training) as Record<string, unknown>).optimizer_config).toEqual({
      class_name: "LossScaleOptimizer",
      config: {
        inner_optimizer: {
          module: "keras.optimizers",
          class_name: "SGD",
          config: { name: "SGD", learning_rate: 0.5, nesterov: false },
          registered_name: null,
        },
        dynamic: true,
        initial_scale: 2 ** 15,
        dynamic_growth_steps: 2000,
      },
    });
  });

  const saved = (className: string, config: Record<string, unknown>) =>
    compileOptions({ optimizer: { className, config }, loss: "binary_crossentropy", metrics: ["acc"] });

  it("is read as Keras 3 and tf.keras 2 write it", () => {
    const { config } = golden.runs["RMSprop with clipnorm"];
    const { optimizer, lossScale } = saved("LossScaleOptimizer", config);
    expect(lossScale).toEqual({ initialScale: 96, dynamicGrowthSteps: 2 });
    expect((optimizer as Optimizer).getConfig()).toMatchObject({
      name: "RMSprop",
      momentum: 0.5,
      clipnorm: 0.5,
    });
    const fixed = { ...config, dynamic: false, dynamic_growth_steps: null };
    expect(saved("LossScaleOptimizer", fixed).lossScale).toBe(96);
    expect(saved("SGD", { loss_scale_factor: 8 }).lossScale).toBe(8);
    expect(saved("SGD", { loss_scale_factor: null }).lossScale).toBeUndefined();
  });

  it("is loaded uncompiled where the file says what makes no sense", () => {
    const unknown = expect.objectContaining({ code: "not-supported" }) as Error;
    const { config } = golden.runs.SGD;
    const inner = config.inner_optimizer as { config: object };
    const nested = { class_name: "LossScaleOptimizer", config };
    const decaying = { ...inner, config: { ...inner.config, weight_decay: 0.1 } };
    for (const change of [
      { inner_optimizer: undefined },
      { inner_optimizer: nested },
      { inner_optimizer: decaying },
      { initial_scale: "1" },
      { dynamic: 1 },
    ])
      expect(() => saved("LossScaleOptimizer", { ...config, ...change })).toThrow(unknown);
    expect(() => saved("SGD", { loss_scale_factor: "8" })).toThrow(unknown);
  });
});
