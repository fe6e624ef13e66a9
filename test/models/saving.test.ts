/** Models from and to files, against files of Keras 3.15.1. */
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Hdf5Group } from "../../src/io/hdf5/group.js";
import { withHdf5, type Hdf5File } from "../../src/io/hdf5/reader.js";
import { withSavedFile } from "../../src/io/keras/savedFile.js";
import { writeLegacyModel } from "../../src/io/keras/writeModel.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { cutAt } from "../../src/models/applications/index.js";
import { Activation } from "../../src/models/layers/activations/activation.js";
import { Conv2D } from "../../src/models/layers/convolutional/conv2d.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Dropout } from "../../src/models/layers/regularization/dropout.js";
import { Input } from "../../src/models/layers/core/inputLayer.js";
import { Flatten } from "../../src/models/layers/reshaping/flatten.js";
import { Model } from "../../src/models/model.js";
import { SGD } from "../../src/models/optimizers/sgd.js";
import { loadModel } from "../../src/models/saving/load.js";
import { loadWeights } from "../../src/models/saving/weights.js";
import { Sequential } from "../../src/models/sequential.js";
import { tensor, type Tensor } from "../../src/tensor.js";
import { expectWithin, goldenPath, loadGolden } from "../support/golden.js";
import { createTestDevice } from "../support/run.js";
import { weightsOf } from "../support/savedFiles.js";

const golden = loadGolden("keras/tiny_vgg");
const input = golden.tensor("input");
const file = (name: string) => goldenPath(`keras/${name}`);
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

const values = (t: Tensor) => [...(t.dataSync() as Float32Array)];

describe("loadModel", () => {
  it.each([
    ["tiny_vgg_uncompiled.h5", "output"],
    ["tiny_vgg_keras2_style.h5", "output"],
    ["tiny_vgg_compiled.h5", "output_after3"],
    ["tiny_vgg.keras", "output"],
  ])("predicts with %s what Keras does", async (name, expected) => {
    const model = await loadModel(file(name), { device });
    const y = await model.predict(input);
    expect(y.shape).toEqual([3, 1]);
    expectWithin(y, golden.tensor(expected), 1e-5);
  });

  it("keeps the activations in between", async () => {
    const model = await loadModel(file("tiny_vgg.keras"), { device });
    for (const name of ["block1_conv1", "block1_pool", "block2_conv2", "block2_pool", "fc1"]) {
      expectWithin(await cutAt(model, name).predict(input), golden.tensor(`act/${name}`), 1e-5);
    }
  });

  it("compiles a model that was saved compiled", async () => {
    const model = await loadModel(file("tiny_vgg_compiled.h5"), { device });
    expect(model.compilation).toMatchObject({ loss: "binary_crossentropy", metrics: ["acc"] });
    const { optimizer } = model.compilation!;
    expect(optimizer.className).toBe("RMSprop");
    expect(optimizer.learningRate).toBeCloseTo(1e-3, 9);
    const logs = await model.evaluate(input, golden.tensor("labels").reshape([3, 1]));
    const expected = golden.json.evaluate_after3 as Record<string, number>;
    expect(logs.loss).toBeCloseTo(expected.loss, 5);
    expect(logs.acc).toBeCloseTo(expected.acc, 6);
    expect((await loadModel(file("tiny_vgg_uncompiled.h5"), { device })).compilation).toBeUndefined();
  });

  it("warns, and does not compile, where the training configuration is not known", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    // This file lacks the optimizer: Keras's own .h5 export takes it out of the configuration that it writes next.
    const model = await loadModel(file("tiny_vgg_compiled.keras"), { device });
    expect(model.compilation).toBeUndefined();
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/not compiled: the optimizer is missing/),
    );
    expectWithin(await model.predict(input), golden.tensor("output_after3"), 1e-5);
  });

  describe.each(["nested.h5", "nested.keras"])("%s: an inner model and a layer called twice", (name) => {
    const known = JSON.parse(readFileSync(file("nested.json"), "utf8")) as Record<string, number[]>;
    const images = Float32Array.from({ length: 2 * 12 * 9 * 3 }, (_, i) => (i % 17) / 8.5 - 1);

    it("predicts what Keras does", async () => {
      const model = await loadModel(file(name), { device });
      const y = await model.predict(tensor(images, [2, 12, 9, 3]));
      expectWithin(y, tensor(known.output, [2, 3]), 1e-6);
    });

    it("trains the same weights", async () => {
      const model = await loadModel(file(name), { device });
      const paths = (known.trainable_weights as unknown as string[]).map((path) =>
        path.replace("dw/kernel", "dw/depthwise_kernel"),
      );
      expect(model.trainableWeights.map((w) => w.variable.name)).toEqual(paths);
      expect(model.weights).toHaveLength(known.weights as unknown as number);
      expect(model.compilation).toMatchObject({ loss: "categorical_crossentropy", metrics: ["acc"] });
    });

    it("is saved and loaded again as it is", async () => {
      const model = await loadModel(file(name), { device });
      const path = join(folder, "nested.h5");
      await model.save(path);
      const again = await loadModel(path, { device });
      const x = tensor(images, [2, 12, 9, 3]);
      expect(values(await again.predict(x))).toEqual(values(await model.predict(x)));
      expect(again.trainableWeights.map((w) => w.variable.name)).toEqual(
        model.trainableWeights.map((w) => w.variable.name),
      );
    });
  });

  it("saves the weights of an inner model in the order in which Keras does", async () => {
    const path = join(folder, "order.h5");
    const model = await loadModel(file("nested.h5"), { device });
    const inner = model.getLayer("inner") as Model;
    // As make_nested.py does; a model whose own flag is off hands its weights out in the order of its layers.
    inner.trainable = false;
    inner.getLayer("sep").trainable = true;
    await model.save(path);
    // By their last two names: Keras 3 writes `inner/sep/bias`, or `sep/bias`, where Keras 2 writes `sep/bias:0`.
    const order = (p: string) =>
      withHdf5(p, ({ root }) =>
        root
          .group("model_weights/inner")!
          .strings("weight_names")!
          .map((name) => name.replace(/:0$/, "").split("/").slice(-2).join("/")),
      );
    expect(await order(path)).toEqual(await order(file("nested.h5")));
  });
});

describe("loadWeights", () => {
  it("reads the layout of keras.applications into the layers that it names", async () => {
    const model = await loadModel(file("tiny_vgg_compiled.h5"), { device });
    const base = cutAt(model, "block2_pool");
    await loadWeights(base, file("tiny_vgg_historical_notop.h5"));
    expectWithin(await base.predict(input), golden.tensor("act/block2_pool"), 1e-5);
  });

  it("reads .weights.h5", async () => {
    const model = await loadModel(file("tiny_vgg_compiled.h5"), { device });
    await model.predict(input); // the weights are on the device by now
    await loadWeights(model, file("tiny_vgg.weights.h5"));
    expectWithin(await model.predict(input), golden.tensor("output"), 1e-5);
  });

  it("puts them on the device of the model at once, where it was given one", async () => {
    const path = file("tiny_vgg.weights.h5");
    const saved = await weightsOf(path);
    const read = saved.layers.flatMap(({ weights }) => weights.map((weight) => [...weight.values]));
    for (const given of [device, undefined]) {
      const model = await loadModel(file("tiny_vgg_uncompiled.h5"), { device: given });
      await loadWeights(model, path);
      for (const { variable } of model.weights) expect(variable.isOn(device)).toBe(given !== undefined);
      expect((await model.getWeights()).map(values)).toEqual(read);
    }
  });

  it("says which layers are missing or too many", async () => {
    const model = await loadModel(file("tiny_vgg_uncompiled.h5"), { device });
    const base = cutAt(model, "block1_pool");
    const path = file("tiny_vgg_historical_notop.h5");
    await expect(loadWeights(model, path)).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(/notop\.h5: has no weights for fc1, predictions/) as string,
    });
    await expect(loadWeights(base, path)).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(/block2_conv1/) as string,
    });
    await loadWeights(base, path, { allowExtra: true });
  });

  it("takes no memory for weights that the file does not have", async () => {
    const huge = new Dense({ name: "block1_conv1", units: 2 ** 20, inputDim: 2 ** 20 });
    const model = new Sequential([huge], { seed: 1, device });
    await expect(
      loadWeights(model, file("tiny_vgg_historical_notop.h5"), { allowExtra: true }),
    ).rejects.toMatchObject({ code: "bad-input" });
  });

  it("names the layer and the shapes that do not fit, and replaces nothing", async () => {
    const model = new Sequential(
      [
        new Conv2D({ name: "block1_conv1", filters: 4, kernelSize: 3, inputShape: [8, 8, 3] }),
        new Conv2D({ name: "block1_conv2", filters: 5, kernelSize: 3 }),
      ],
      { seed: 1, device },
    );
    const before = (await model.getWeights()).map(values);
    await expect(
      loadWeights(model, file("tiny_vgg_historical_notop.h5"), { allowExtra: true }),
    ).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(
        /block1_conv2: kernel has shape \(3, 3, 4, 4\).*\(3, 3, 4, 5\)/,
      ) as string,
    });
    expect((await model.getWeights()).map(values)).toEqual(before);
  });
});

describe("saveModel", () => {
  it("writes the configuration that Keras 2 and 3 load", async () => {
    const model = await loadModel(file("tiny_vgg_keras2_style.h5"), { device });
    const path = join(folder, "tiny.h5");
    await model.save(path);
    const [ours, wanted] = [await read(path), await read(file("tiny_vgg_keras2_style.h5"))];
    // Left out: what older versions do not know, and a float that JSON would make an integer.
    for (const layer of wanted.model.config.layers) delete layer.config.ragged;
    delete wanted.training.optimizer_config.config.momentum;
    expect(ours.model).toMatchObject(wanted.model);
    expect(ours.training).toMatchObject(wanted.training);
    expect(ours.version).toBe("2.15.0");
    expect(ours.weights).toEqual(wanted.weights.map(([name, shape, v]) => [`${name}:0`, shape, v]));
    expect(ours.groups).toEqual([...wanted.groups]);
  });

  it("brings a Sequential model back, compiled, with dropout, equal in every bit", async () => {
    const model = new Sequential(
      [
        new Dense({ units: 6, activation: "relu", inputDim: 5 }),
        new Dropout({ rate: 0.5 }),
        new Dense({ units: 3 }),
        new Activation({ activation: "softmax" }),
      ],
      { seed: 7, device, name: "head" },
    );
    const optimizer = new SGD({ learningRate: 0.125, momentum: 0.5, nesterov: true });
    model.compile({ optimizer, loss: "categorical_crossentropy", metrics: ["accuracy"] });
    const x = tensor(
      Array.from({ length: 20 }, (_, i) => Math.sin(i)),
      [4, 5],
    );
    const y = tensor([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0], [4, 3]);
    await model.trainOnBatch(x, y);
    const path = join(folder, "head.h5");
    await model.save(path);
    const again = await loadModel(path, { device });
    expect(again).toBeInstanceOf(Sequential);
    expect(again.name).toBe("head");
    expect((await again.getWeights()).map(values)).toEqual((await model.getWeights()).map(values));
    expect(values(await again.predict(x))).toEqual(values(await model.predict(x)));
    expect(again.compilation!.optimizer.getConfig()).toEqual(optimizer.getConfig());
    expect(again.compilation).toMatchObject({ loss: "categorical_crossentropy", metrics: ["accuracy"] });
    expect(again.getConfig()).toEqual(model.getConfig());
  });

  it("puts the weights that train first, below the inner model's name", async () => {
    const base = cutAt(await loadModel(file("tiny_vgg_uncompiled.h5"), { device }), "block2_pool", "base");
    for (const layer of base.layers) layer.trainable = layer.name === "block2_conv2";
    const model = new Sequential([base, new Flatten(), new Dense({ units: 1, name: "top" })], { device });
    const path = join(folder, "partly.h5");
    await model.save(path);
    const names = await withHdf5(path, ({ root }) => [
      root.group("model_weights")!.strings("layer_names"),
      root.group("model_weights/base")!.strings("weight_names"),
      root.group("model_weights/top")!.strings("weight_names"),
    ]);
    const weightsOf = (layer: string) => [`${layer}/kernel:0`, `${layer}/bias:0`];
    expect(names).toEqual([
      ["base", "flatten", "top"],
      ["block2_conv2", "block1_conv1", "block1_conv2", "block2_conv1"].flatMap(weightsOf),
      weightsOf("top"),
    ]);
    const again = await loadModel(path, { device });
    expect(again.trainableWeights.map((w) => w.variable.name)).toEqual(
      model.trainableWeights.map((w) => w.variable.name),
    );
    expect(values(await again.predict(input))).toEqual(values(await model.predict(input)));
  });

  describe("of weights of 20 MB", () => {
    const partBytes = 2 ** 24;
    const large = () => new Sequential([new Dense({ units: 1000, inputDim: 5000 })], { seed: 3, device });

    it("reads parts of them, one after another", async () => {
      const model = large();
      const [expected] = await model.getWeights();
      await model.setWeights(await model.getWeights());
      const read = device.read.bind(device);
      let open = 0;
      const sizes: number[] = [];
      vi.spyOn(device, "read").mockImplementation(async (buffer, byteLength, offset) => {
        expect(open++).toBe(0);
        sizes.push(byteLength);
        const bytes = await read(buffer, byteLength, offset);
        open--;
        return bytes;
      });
      const path = join(folder, "large.h5");
      await model.save(path);
      expect(sizes).toEqual([partBytes, 20_000_000 - partBytes, 4000]);
      vi.restoreAllMocks();
      const [kernel] = await (await loadModel(path, { device })).getWeights();
      expect(Buffer.from(expected.dataSync().buffer).equals(Buffer.from(kernel.dataSync().buffer))).toBe(
        true,
      );
    });

    it("leaves the file that is there, and no other, where reading fails", async () => {
      const model = large();
      await model.setWeights(await model.getWeights());
      const own = await mkdtemp(join(folder, "failing-"));
      const path = join(own, "model.h5");
      await model.save(path);
      const before = readFileSync(path);
      const read = device.read.bind(device);
      vi.spyOn(device, "read").mockImplementation(async (buffer, byteLength, offset) => {
        if (offset) throw new Error("lost");
        return read(buffer, byteLength, offset);
      });
      await expect(model.save(path)).rejects.toThrow("lost");
      expect(readdirSync(own)).toEqual(["model.h5"]);
      expect(readFileSync(path).equals(before)).toBe(true);
    });
  });

  it("writes .keras files as Keras does", async () => {
    const model = await loadModel(file("tiny_vgg.keras"), { device });
    const path = join(folder, "tiny.keras");
    await model.save(path);
    const [ours, keras] = await Promise.all([archiveOf(path), archiveOf(file("tiny_vgg.keras"))]);
    expect(ours.config).toMatchObject(comparable(keras.config) as object);
    expect(ours.version).toBe("3.15.1");
    expect(ours.weights).toEqual(keras.weights);
    const again = await loadModel(path, { device });
    expect(values(await again.predict(input))).toEqual(values(await model.predict(input)));
  });

  it("writes how a model was compiled into .keras files", async () => {
    const model = await loadModel(file("tiny_vgg_compiled.h5"), { device });
    const path = join(folder, "compiled.keras");
    await model.save(path);
    const again = await loadModel(path, { device });
    expect(again.compilation).toMatchObject({ loss: "binary_crossentropy", metrics: ["acc"] });
    const configOf = (m: Model) => m.compilation!.optimizer.getConfig();
    expect(configOf(again)).toEqual(configOf(model));
  });
});

/** What a .keras file contains; groups of the optimizer left out. */
async function archiveOf(path: string) {
  return withSavedFile(path, {}, async ({ hdf5, archive }) => {
    const { config, kerasVersion } = archive!;
    const weights: unknown[] = [];
    const visit = async (group: Hdf5Group, at: string): Promise<void> => {
      if (group.string("name") !== undefined) weights.push([at, group.string("name")]);
      for (const key of [...group.keys()].sort().filter((k) => k !== "optimizer")) {
        const inner = group.group(key);
        if (inner) await visit(inner, `${at}/${key}`);
        else
          weights.push([`${at}/${key}`, group.dataset(key)!.shape, await group.dataset(key)!.readFloat32()]);
      }
    };
    await visit(hdf5.root, "");
    return { config, version: kerasVersion, weights };
  });
}

/**
 * A configuration without what says nothing: identities of objects within a session, arguments that this version of Keras
 * added with their defaults, and shapes that layers are built again by, where they are called anyway.
 */
function comparable(json: unknown): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return json.map(comparable);
  const omitted = ["shared_object_id", "input_axes", "output_axes", "quantization_config", "build_config"];
  // Without meaning to fit and predict: the default of a dropout's call.
  if ("training" in json) return {};
  return Object.fromEntries(
    Object.entries(json)
      .filter(([key]) => !omitted.includes(key))
      .map(([key, value]) => [key, comparable(value)]),
  );
}

describe("a model file that cannot be built", () => {
  const layer = (name: string, from: string[], extra = {}) => ({
    class_name: "Dense",
    name,
    config: { name, units: 2, ...extra },
    inbound_nodes: from.map((f) => [[f, 0, 0, {}]]),
  });
  const inputLayer = (shape: (number | null)[]) => ({
    class_name: "InputLayer",
    name: "in",
    config: { name: "in", batch_input_shape: shape },
    inbound_nodes: [],
  });
  const functional = (layers: object[], output = "out") => ({
    class_name: "Functional",
    config: { name: "m", layers, input_layers: [["in", 0, 0]], output_layers: [[output, 0, 0]] },
  });

  it.each([
    [
      "a ring",
      functional([inputLayer([null, 2]), layer("a", ["b"]), layer("b", ["a"]), layer("out", ["b"])]),
    ],
    ["an output that is not there", functional([inputLayer([null, 2]), layer("a", ["in"])])],
    [
      "a layer on a shape that it does not take",
      functional([inputLayer([null, 2, 2, 3]), layer("out", ["in"])]),
    ],
    [
      "a layer with weights on an input of any size",
      functional([inputLayer([null, null]), layer("out", ["in"])]),
    ],
    ["no input", { class_name: "Sequential", config: { name: "s", layers: [layer("a", [])] } }],
    ["no layers", { class_name: "Sequential", config: { name: "s", layers: [] } }],
  ])("%s is bad input", async (_, modelConfig) => {
    await expect(load(modelConfig)).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringContaining("broken.h5: ") as string,
    });
  });

  it.each([
    [
      "a layer class that wgraft does not have",
      functional([inputLayer([null, 2]), { ...layer("out", ["in"]), class_name: "LSTM" }]),
    ],
  ])("%s is not supported", async (_, modelConfig) => {
    await expect(load(modelConfig)).rejects.toMatchObject({
      code: "not-supported",
      message: expect.stringContaining("broken.h5: ") as string,
    });
  });

  it("calls layers in whatever order they stand", async () => {
    const layers = [layer("out", ["b"]), layer("b", ["a"]), layer("a", ["in"]), inputLayer([null, 2])];
    // All is well but for the weights, which this file does not have.
    await expect(load(functional(layers))).rejects.toThrow(/has no weights for a, b, out/);
  });

  async function load(modelConfig: object): Promise<Model> {
    const path = join(folder, "broken.h5");
    await writeLegacyModel(path, { modelConfig, layers: [], kerasVersion: "2.15.0" });
    return loadModel(path, { device });
  }
});

it("a model called on its own layers again has their weights once", async () => {
  const x = Input({ shape: [3] });
  const shared = new Dense({ units: 3, name: "shared" });
  const model = new Model({ inputs: x, outputs: shared.apply(shared.apply(x)), device, seed: 3 });
  const path = join(folder, "shared.h5");
  await model.save(path);
  const again = await loadModel(path, { device });
  expect(again.weights).toHaveLength(2);
  const data = tensor([1, 2, 3], [1, 3]);
  expect(values(await again.predict(data))).toEqual(values(await model.predict(data)));
});

interface SavedJson {
  config: { layers: { config: Record<string, unknown> }[] };
}

/** What stands in a saved model: its configurations, and its weights by their paths. */
async function read(path: string) {
  const weights = await weightsOf(path);
  const list = weights.layers.flatMap((l) => l.weights.map((w) => [w.path, w.shape, w.values] as const));
  const json = <T>({ root }: Hdf5File, name: string) => JSON.parse(root.string(name)!) as T;
  return withHdf5(path, (h5) => ({
    model: json<SavedJson>(h5, "model_config"),
    training: json<{ optimizer_config: { config: Record<string, unknown> } }>(h5, "training_config"),
    version: h5.root.string("keras_version"),
    groups: [...h5.root.group("model_weights")!.keys()].sort(),
    weights: list,
  }));
}
