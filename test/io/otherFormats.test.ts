/** Files of other programs: one line that says what they are and what to do. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createHdf5 } from "../../src/io/hdf5/writer.js";
import { parseModelConfig } from "../../src/io/keras/modelConfig.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { loadModel } from "../../src/models/saving/load.js";
import { loadWeights } from "../../src/models/saving/weights.js";
import { Sequential } from "../../src/models/sequential.js";
import { temporaryFolder } from "../support/images.js";
import { zip } from "../support/zip.js";

it.each<[string, string | Uint8Array, RegExp]>([
  [
    "model.tflite",
    "\x20\0\0\0TFL3\0\0",
    /a TensorFlow Lite model; use the Keras model that it was converted from/,
  ],
  ["renamed.h5", "\x20\0\0\0TFL3\0\0", /a TensorFlow Lite model/],
  ["model.onnx", "\x08\x07", /an ONNX model/],
  [
    "saved_model.pb",
    "\x08\x01",
    /a TensorFlow graph; load it in TensorFlow and save it from Keras as \.keras or \.h5/,
  ],
  ["model.pth", "\x80\x02", /a PyTorch model; only Keras models are read/],
  [
    "model.json",
    '{"class_name": "Sequential", "config": {}}',
    /the architecture of a Keras model, without its weights/,
  ],
  ["model.json", '{"modelTopology": {}, "weightsManifest": []}', /a TensorFlow\.js model; convert it with/],
  ["variables.data-00000-of-00001", "abc", /a TensorFlow checkpoint/],
])("%s", async (name, content, message) => {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, content, "latin1");
  await expect(loadModel(path)).rejects.toMatchObject({
    code: "bad-input",
    message: expect.stringMatching(message) as string,
  });
});

it.each([
  ["archive/data.pkl", /a PyTorch model/],
  ["converted_keras/keras_model.h5", /unpack it and name converted_keras\/keras_model\.h5/],
  ["export/saved_model.pb", /a TensorFlow SavedModel; load it in TensorFlow/],
])("a zip archive with %s", async (name, message) => {
  const path = join(await temporaryFolder(), "archive.zip");
  await writeFile(path, zip([{ name, content: "x" }]));
  await expect(loadModel(path)).rejects.toThrow(message);
});

it.each([
  ["saved_model.pb", /is a folder \(a TensorFlow SavedModel; load it in TensorFlow .* save it from Keras/],
  ["keras_model.h5", /is a folder; name the keras_model\.h5 in it/],
])("a folder with %s", async (name, message) => {
  const path = join(await temporaryFolder(), "model");
  await mkdir(path);
  await writeFile(join(path, name), "x");
  await expect(loadModel(path)).rejects.toThrow(message);
});

describe("subclassed models", () => {
  const advice =
    /build the same layers as a functional or Sequential model in Keras, set_weights, and save that/;

  it("are refused by their weights", async () => {
    const path = join(await temporaryFolder(), "model.weights.h5");
    await createHdf5(path, (writer) => {
      writer.group("/conv1/vars");
      writer.float32("/conv1/vars/0", [2], new Float32Array(2));
    });
    const model = new Sequential([new Dense({ units: 2, inputDim: 1 })]);
    await expect(loadWeights(model, path)).rejects.toThrow(/the weights of a subclassed model/);
    await expect(loadWeights(model, path)).rejects.toThrow(advice);
  });

  it("are refused by their class", () => {
    const json = { module: null, class_name: "MyModel", config: { trainable: true } };
    expect(() => parseModelConfig(json, "file.keras")).toThrow(/file\.keras: a model of class MyModel/);
    expect(() => parseModelConfig(json, "file.keras")).toThrow(advice);
  });
});
