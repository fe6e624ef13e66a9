/** Batch normalisation, and layers made from what a file tells. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compile } from "../../src/graph/compile.js";
import { Graph } from "../../src/graph/graph.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { cutAt } from "../../src/models/applications/index.js";
import { BatchNormalization } from "../../src/models/layers/normalization/batchNormalization.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Input } from "../../src/models/layers/core/inputLayer.js";
import { Flatten } from "../../src/models/layers/reshaping/flatten.js";
import { buildLayer } from "../../src/models/layers/savedLayer.js";
import { Model } from "../../src/models/model.js";
import { loadModel } from "../../src/models/saving/load.js";
import { Sequential } from "../../src/models/sequential.js";
import { tensor } from "../../src/tensor.js";
import { expectWithin, goldenPath, loadGolden } from "../support/golden.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

describe("a net of strided, separable, depthwise and normalising layers", () => {
  const golden = loadGolden("keras/bnsep");
  let model: Model;
  beforeAll(async () => {
    model = await loadModel(goldenPath("keras/bnsep.h5"), { device });
  });

  it.each(["c", "bn", "r6", "sep", "bn2", "a", "dw", "mp", "pw", "gap", "d"])(
    "computes what Keras does in layer %s",
    async (name) => {
      const expected = golden.tensor(`act/${name}`);
      const y = await cutAt(model, name).predict(golden.tensor("input"));
      expect(y.shape).toEqual(expected.shape);
      expectWithin(y, expected, 1e-6);
    },
  );

  it("normalises by the batch in training as Keras does", async () => {
    const graph = new Graph();
    const x = golden.tensor("input");
    const step = graph.input("step", { shape: [1], dtype: "uint32" });
    const again = await loadModel(goldenPath("keras/bnsep.h5"), { device });
    const y = again.call({ graph, training: true, step, seed: 0 }, graph.input("x", x));
    const program = await compile(device, graph, { y });
    const { y: output } = await program.run({ x: x.dataSync(), step: Uint32Array.of(0) });
    const expected = golden.tensor("train_output");
    expectWithin(tensor(output as Float32Array, expected.shape), expected, 1e-5);
    for (const name of Object.keys(golden.json.tensors as object).filter((k) =>
      k.startsWith("after_train_call/"),
    )) {
      const [, layer, weight] = name.split("/");
      const { weights } = again.getLayer(layer);
      const values = await again.getLayer(layer).getWeights();
      expectWithin(values[weights.findIndex((w) => w.name === weight)], golden.tensor(name), 1e-6);
    }
    program.destroy();
  });

  it("has its weights in Keras's order", () => {
    const paths = Object.keys(golden.json.tensors as object).filter((k) => k.startsWith("w/"));
    // Keras 3 calls a depthwise kernel "kernel".
    const names = model.weights.map((w) =>
      `w/${w.variable.name}`.replace("dw/depthwise_kernel", "dw/kernel"),
    );
    expect(names).toEqual(paths);
  });
});

describe("BatchNormalization", () => {
  const x = tensor([0.5, -1, 2, 1, 1, -3], [2, 3]);
  const y = tensor([1, 0], [2, 1]);
  const build = (options: { trainable: boolean }) => {
    const norm = new BatchNormalization({ name: "norm", ...options });
    const model = new Sequential(
      [new Dense({ units: 4, inputDim: 3 }), norm, new Dense({ units: 1, activation: "sigmoid" })],
      { seed: 1, device },
    );
    model.compile({ optimizer: "sgd", loss: "binary_crossentropy" });
    return { model, norm };
  };

  const weightsOf = async (layer: BatchNormalization) =>
    (await layer.getWeights()).map((w) => [...(w.dataSync() as Float32Array)]);

  it("trains gamma and beta, and follows the statistics of the batches", async () => {
    const { model, norm } = build({ trainable: true });
    await model.trainOnBatch(x, y);
    const [gamma, beta, mean, variance] = await weightsOf(norm);
    for (const value of gamma) expect(value).not.toBe(1);
    for (const value of [...beta, ...mean]) expect(value).not.toBe(0);
    for (const value of variance) expect(value).not.toBe(1);
    expect(norm.trainableWeights.map(({ name }) => name)).toEqual(["gamma", "beta"]);
  });

  it("keeps its statistics where it was called with training: false, and trains gamma and beta", async () => {
    const norm = new BatchNormalization({ name: "norm", inputShape: [3] });
    const inputs = Input({ shape: [3] });
    const inner = new Sequential([norm]).apply(inputs, { training: false });
    const outputs = new Dense({ units: 1, activation: "sigmoid" }).apply(inner);
    const model = new Model({ inputs, outputs, device, seed: 1 });
    model.compile({ optimizer: "sgd", loss: "binary_crossentropy" });
    const expected = await model.evaluate(x, y);
    const [loss] = await model.trainOnBatch(x, y);
    expect(loss).toBeCloseTo(expected.loss, 6);
    const [gamma, , mean, variance] = await weightsOf(norm);
    expect(gamma).not.toEqual([1, 1, 1]);
    expect([mean, variance]).toEqual([
      [0, 0, 0],
      [1, 1, 1],
    ]);
  });

  it("is frozen, or not, as it was at the last compile", async () => {
    const { model, norm } = build({ trainable: false });
    norm.trainable = true;
    await model.trainOnBatch(x, y);
    expect((await weightsOf(norm))[2]).toEqual([0, 0, 0, 0]);
    model.compile({ optimizer: "sgd", loss: "binary_crossentropy" });
    await model.trainOnBatch(x, y);
    expect((await weightsOf(norm))[2]).not.toEqual([0, 0, 0, 0]);
  });

  it("keeps its weights when it is frozen, and lets gradients pass", async () => {
    const { model, norm } = build({ trainable: false });
    const [first] = model.layers.filter((l) => l instanceof Dense);
    const values = async (layer: Dense | BatchNormalization) =>
      (await layer.getWeights()).map((w) => [...(w.dataSync() as Float32Array)]);
    const [normBefore, denseBefore] = [await values(norm), await values(first)];
    await model.trainOnBatch(x, y);
    expect(await values(norm)).toEqual(normBefore);
    expect(await values(first)).not.toEqual(denseBefore);
  });

  it("normalises any axis but the batch's", () => {
    for (const axis of [3, -1, 1])
      expect(new BatchNormalization({ axis }).computeOutputShape([4, 4, 8])).toEqual([4, 4, 8]);
    for (const axis of [0, 4, -4])
      expect(() => new BatchNormalization({ axis }).computeOutputShape([4, 4, 8])).toThrow(/batch axis/);
  });
});

describe("buildLayer", () => {
  const build = (className: string, config: Record<string, unknown>) =>
    buildLayer({ className, name: "one", config }, "file.h5");
  const conv = { filters: 4, kernel_size: [3, 3] };

  it("reads the arguments of Keras 2 and 3", () => {
    const layer = build("Conv2D", {
      ...conv,
      name: "one",
      trainable: false,
      dtype: "float32",
      batch_input_shape: [null, 8, 8, 3],
      strides: [2],
      padding: "same",
      activation: "relu",
      use_bias: false,
      data_format: "channels_last",
      kernel_initializer: { class_name: "Orthogonal", config: { gain: 2 } },
      kernel_regularizer: null,
    });
    expect(layer.trainable).toBe(false);
    expect(layer.computeOutputShape([9, 9, 3])).toEqual([5, 5, 4]);
    expect(layer.getConfig()).toMatchObject({ name: "one", activation: "relu", use_bias: false });
    const six = { type: "ndarray", value: 6 };
    expect(build("ReLU", { max_value: six, threshold: 0 }).getConfig()).toMatchObject({ max_value: 6 });
    expect(build("BatchNormalization", { axis: [3], epsilon: 0.01 }).getConfig()).toMatchObject({
      axis: 3,
      epsilon: 0.01,
    });
    expect(build("Softmax", { axis: [-1] }).getConfig()).toMatchObject({ axis: -1 });
    expect(build("Flatten", {})).toBeInstanceOf(Flatten);
  });

  it.each([
    ["Lambda", { function: "cos" }],
    ["constructor", {}],
    ["Conv2D", { ...conv, data_format: "channels_first" }],
    ["Conv2D", { ...conv, kernel_regularizer: { class_name: "OrthogonalRegularizer", config: {} } }],
    ["Conv2D", { ...conv, kernel_constraint: { class_name: "OrthogonalConstraint", config: {} } }],
    ["Conv2D", { ...conv, activation: "my_activation" }],
    ["Conv2D", { ...conv, activation: { class_name: "Custom>MyActivation", config: {} } }],
    ["Conv2D", { ...conv, dtype: "float64" }],
    ["BatchNormalization", { renorm: true }],
    ["Dense", { units: 1, something_new: 3 }],
  ])("refuses a %s with %j", (className, config) => {
    const wanted = new RegExp(`^file\\.h5: layer one \\(${className}\\): `);
    expect(() => build(className, config)).toThrow(
      expect.objectContaining({ code: "not-supported", message: expect.stringMatching(wanted) as string }),
    );
  });

  it.each([
    ["Conv2D", { kernel_size: [3, 3] }],
    ["Conv2D", { ...conv, filters: -4 }],
    ["Dense", { units: "many" }],
    ["Dropout", { rate: 1.5 }],
    [
      "ZeroPadding2D",
      {
        padding: [
          [-1, 0],
          [0, 0],
        ],
      },
    ],
  ])("does not believe a %s with %j", (className, config) => {
    expect(() => build(className, config)).toThrow(
      expect.objectContaining({
        code: "bad-input",
        message: expect.stringContaining("file.h5: layer one (") as string,
      }),
    );
  });
});
