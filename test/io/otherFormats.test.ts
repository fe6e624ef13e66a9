/** Files of other programs: one line that says what they are and what to do. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadModel } from "../../src/models/saving/load.js";
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
