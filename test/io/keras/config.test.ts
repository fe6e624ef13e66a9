import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHdf5 } from "../../../src/io/hdf5/writer.js";
import { parseModelConfig } from "../../../src/io/keras/modelConfig.js";
import { modelConfigOf } from "../../support/savedFiles.js";
import { GOLDEN, tinyVggTargets } from "./golden.js";

describe("the configuration of tiny_vgg is the same in every notation", () => {
  it.each([
    ["tiny_vgg_keras2_style.h5", "2.15.0", 2e-5],
    ["tiny_vgg_compiled.h5", "3.15.1", 0.0010000000474974513],
    ["tiny_vgg_uncompiled.h5", "3.15.1", undefined],
    ["tiny_vgg.keras", "3.15.1", undefined],
    ["tiny_vgg_compiled.keras", "3.15.1", undefined],
  ])("%s", async (name, kerasVersion, learningRate) => {
    const saved = await modelConfigOf(GOLDEN + name);
    expect(saved.kerasVersion).toBe(kerasVersion);
    const model = saved.modelConfig;
    expect(model).toMatchObject({
      className: "Functional",
      name: "tiny_vgg",
      inputLayers: [["input_1", 0, 0]],
      outputLayers: [["predictions", 0, 0]],
    });
    expect(model.layers.map((l) => [l.name, l.className])).toEqual(
      tinyVggTargets().map((t) => [t.layer, t.className]),
    );
    expect(model.layers[0]).toMatchObject({ batchShape: [null, 20, 20, 3], inbound: [] });
    expect(model.layers[1].inbound).toEqual([{ inputs: [["input_1", 0, 0]], kwargs: {} }]);
    expect(model.layers[1].config).toMatchObject({ dtype: "float32", filters: 4, kernel_size: [3, 3] });
    if (learningRate !== undefined) {
      expect(saved.trainingConfig).toMatchObject({
        optimizer: { className: "RMSprop", config: { learning_rate: learningRate, rho: 0.9 } },
        loss: "binary_crossentropy",
        metrics: ["acc"],
      });
    }
    expect(saved.trainingConfig !== undefined).toBe(
      !["tiny_vgg_uncompiled.h5", "tiny_vgg.keras"].includes(name),
    );
  });
});

const layer = (class_name: string, name: string, config: object = {}, inbound_nodes?: unknown) => ({
  class_name,
  config: { name, ...config },
  ...(inbound_nodes !== undefined && { name, inbound_nodes }),
});
const keras3Tensor = (name: string) => ({
  class_name: "__keras_tensor__",
  config: { shape: [null, 2], dtype: "float32", keras_history: [name, 0, 0] },
});

describe("notations", () => {
  it("of a merge: a list of tensors in Keras 3, several in one node in Keras 2", () => {
    const model = (inbound: unknown, outputs: unknown) =>
      parseModelConfig(
        {
          class_name: "Functional",
          config: { layers: [layer("Add", "add", {}, inbound)], output_layers: outputs },
        },
        "x.h5",
      );
    const expected = {
      inputs: [
        ["a", 0, 0],
        ["b", 0, 0],
      ],
      kwargs: {},
    };
    const keras2 = model(
      [
        [
          ["a", 0, 0, {}],
          ["b", 0, 0, {}],
        ],
      ],
      [["add", 0, 0]],
    );
    const keras3 = model([{ args: [[keras3Tensor("a"), keras3Tensor("b")]], kwargs: {} }], ["add", 0, 0]);
    for (const { layers, outputLayers } of [keras2, keras3]) {
      expect(layers[0].inbound).toEqual([expected]);
      expect(outputLayers).toEqual([["add", 0, 0]]);
    }
  });

  it("of the arguments of a call, and of several calls", () => {
    const keras2 = [[["a", 0, 0, { training: false }]], [["b", 0, 1, {}]]];
    const model = parseModelConfig(
      { class_name: "Model", config: { layers: [layer("Dropout", "d", {}, keras2)] } },
      "x.h5",
    );
    expect(model.className).toBe("Functional");
    expect(model.layers[0].inbound).toEqual([
      { inputs: [["a", 0, 0]], kwargs: { training: false } },
      { inputs: [["b", 0, 1]], kwargs: {} },
    ]);
  });

  it("of Sequential models: a list of layers, the input's shape on the first or on the model", () => {
    const dense = layer("Dense", "dense", { batch_input_shape: [null, 8], dtype: "float32" });
    const old = parseModelConfig({ class_name: "Sequential", config: [dense] }, "x.h5");
    expect(old).toMatchObject({ className: "Sequential", name: "sequential", inputLayers: [] });
    expect(old.layers[0]).toMatchObject({ name: "dense", batchShape: [null, 8] });
    const config = { name: "head", layers: [layer("Dense", "dense")], build_input_shape: [null, 8] };
    const built = parseModelConfig({ class_name: "Sequential", config }, "x.h5");
    expect(built).toMatchObject({ name: "head", buildInputShape: [null, 8] });
    expect(built.layers[0].batchShape).toBeUndefined();
  });

  it("of nested models, which keep their own layers", () => {
    const base = layer(
      "Functional",
      "vgg16",
      { trainable: false, layers: [layer("Conv2D", "conv", {}, [])] },
      [],
    );
    const model = parseModelConfig({ class_name: "Sequential", config: { layers: [base] } }, "x.h5");
    expect(model.layers[0]).toMatchObject({ name: "vgg16", config: { name: "vgg16", trainable: false } });
    expect(model.layers[0].config).not.toHaveProperty("layers");
    expect(model.layers[0].model!.layers.map((l) => l.name)).toEqual(["conv"]);
  });
});

describe("what is refused", () => {
  const sequential = (layers: unknown) => ({ class_name: "Sequential", config: { layers } });
  it.each([
    ["a subclassed model", { class_name: "MyNet", config: { layers: [] } }, /a model of class MyNet/],
    ["no JSON object", 3, /not a Sequential or Functional model/],
    ["layers that are none", sequential([3]), /not a Sequential or Functional model/],
    [
      "a layer without a name",
      sequential([{ class_name: "Dense", config: {} }]),
      /of class Dense has no name/,
    ],
    ["twice a name", sequential([layer("Dense", "d"), layer("Dense", "d")]), /two layers of one model/],
    ["odd connections", sequential([layer("Dense", "d", {}, [[["x", "y"]]])]), /layer d: its inbound_nodes/],
  ])("%s", (_, json, message) => {
    expect(() => parseModelConfig(json, "x.h5")).toThrow(
      expect.objectContaining({ code: "bad-input", message: expect.stringMatching(message) as string }),
    );
  });

  it("models nested without end", () => {
    let json: object = sequential([]);
    for (let i = 0; i < 20; i++) json = sequential([{ ...json, config: { name: "inner", layers: [json] } }]);
    expect(() => parseModelConfig(nameAll(json), "x.h5")).toThrow(/nested more than 16 deep/);
  });
});

/** Every model needs a name to be a layer. */
function nameAll(json: unknown): unknown {
  return JSON.parse(
    JSON.stringify(json, (key, value: unknown) =>
      key === "config" ? { name: "m", ...(value as object) } : value,
    ),
  );
}

describe("files", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  it.each(["tiny_vgg.weights.h5", "tiny_vgg_historical_notop.h5"])("%s holds weights only", async (name) => {
    await expect(modelConfigOf(GOLDEN + name)).rejects.toThrow(/contains only weights, no model/);
  });

  it("with broken JSON", async () => {
    const path = join(folder, "broken.h5");
    await createHdf5(path, (writer) => writer.text("/", "model_config", "{"));
    await expect(modelConfigOf(path)).rejects.toMatchObject({
      code: "bad-input",
      message: `${path}: its model configuration is not valid JSON`,
    });
  });
});
