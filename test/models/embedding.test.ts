/** Numbers looked up in a table of vectors: predicted, trained, saved, in both precisions. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  Dense,
  Embedding,
  GlobalAveragePooling1D,
  Input,
  loadModel,
  Model,
  tensor,
} from "../../src/index.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { buildModel } from "../../src/models/saving/load.js";
import { parseModelConfig } from "../../src/io/keras/modelConfig.js";
import { createTestDevice } from "../support/run.js";

let devices: Record<"float32" | "float16", Device>;
let folder: string;
beforeAll(async () => {
  devices = { float32: await createTestDevice(), float16: await createTestDevice({ precision: "float16" }) };
  folder = await mkdtemp(join(tmpdir(), "wgraft-embedding-"));
});
afterAll(async () => {
  for (const device of Object.values(devices)) device.destroy();
  await rm(folder, { recursive: true, force: true });
});

const [words, width] = [3001, 4];

function modelOn(device: Device): Model {
  const numbers = Input({ shape: [null] });
  const vectors = new Embedding({ inputDim: words, outputDim: width, name: "vectors" }).apply(numbers);
  const mean = new GlobalAveragePooling1D().apply(vectors);
  const output = new Dense({ units: 1, activation: "sigmoid" }).apply(mean);
  return new Model({ inputs: numbers, outputs: output, device, seed: 8 });
}

/** Numbers that float16 rounds to others. */
const x = tensor(Float32Array.from([0, 2049, 2051, 3000, 7, 7, 2049, 1]), [2, 4]);
const y = tensor(Float32Array.from([1, 0]), [2, 1]);

it.each(["float32", "float16"] as const)(
  "finds the vectors of a sequence, on a device of %s",
  async (precision) => {
    const model = modelOn(devices[precision]);
    const [table, kernel] = (await model.getWeights()).map((weight) => weight.dataSync());
    const found = (await model.predict(x)).dataSync();
    for (const [sample, value] of found.entries()) {
      const numbers = x.dataSync().subarray(4 * sample, 4 * sample + 4);
      let logit = 0;
      for (const number of numbers)
        for (let c = 0; c < width; c++) logit += (table[number * width + c] / 4) * kernel[c];
      expect(value).toBeCloseTo(1 / (1 + Math.exp(-logit)), precision === "float32" ? 6 : 3);
    }
    // Another length of sequence.
    expect((await model.predict(tensor(Float32Array.from([1, 2, 3]), [3, 1]))).shape).toEqual([3, 1]);
  },
);

it("one step of SGD moves the rows that were taken, by as often as they were", async () => {
  const model = modelOn(devices.float32);
  model.compile({ optimizer: "sgd", loss: "binary_crossentropy" });
  const [before, kernel] = (await model.getWeights()).map((weight) => weight.dataSync().slice());
  const predicted = (await model.predict(x)).dataSync();
  await model.trainOnBatch(x, y);
  const [after] = await model.getWeights();
  const step = new Float64Array(words * width);
  for (let sample = 0; sample < 2; sample++)
    for (const number of x.dataSync().subarray(4 * sample, 4 * sample + 4))
      for (let c = 0; c < width; c++)
        step[number * width + c] -= (0.01 * ((predicted[sample] - y.dataSync()[sample]) / 2) * kernel[c]) / 4;
  after.dataSync().forEach((value, i) => expect(value).toBeCloseTo(before[i] + step[i], 7));
});

it.each(["h5", "keras"])("comes back from a .%s file", async (kind) => {
  const model = modelOn(devices.float32);
  const path = join(folder, `model.${kind}`);
  await model.save(path);
  const loaded = await loadModel(path, { device: devices.float32 });
  expect(loaded.inputs[0].openShape).toEqual([null]);
  expect([...(await loaded.predict(x)).dataSync()]).toEqual([...(await model.predict(x)).dataSync()]);
});

it.each([
  {
    version: "2.15.0",
    config: {
      ...{
        name: "e",
        trainable: true,
        dtype: "float32",
        batch_input_shape: [null, null],
        input_dim: 9,
        output_dim: 2,
      },
      embeddings_initializer: {
        class_name: "RandomUniform",
        config: { minval: -0.05, maxval: 0.05, seed: null },
      },
      ...{ embeddings_regularizer: null, activity_regularizer: null, embeddings_constraint: null },
      ...{ mask_zero: false, input_length: null },
    },
  },
  {
    version: "3.15.1",
    config: {
      ...{ name: "e", trainable: true, input_dim: 9, output_dim: 2 },
      dtype: {
        module: "keras",
        class_name: "DTypePolicy",
        config: { name: "float32" },
        registered_name: null,
      },
      embeddings_initializer: { class_name: "RandomUniform", config: {} },
      ...{
        embeddings_regularizer: null,
        embeddings_constraint: null,
        mask_zero: false,
        quantization_config: null,
      },
    },
  },
])("is read as Keras $version writes it", ({ version, config }) => {
  const input = {
    class_name: "InputLayer",
    config: { batch_shape: [null, null], dtype: "int32", name: "i" },
  };
  const embedding = { class_name: "Embedding", config };
  const layers = version.startsWith("3") ? [input, embedding] : [embedding];
  const build = (list: object[]) =>
    buildModel(
      parseModelConfig({ class_name: "Sequential", config: { name: "s", layers: list } }, "file.h5"),
      { file: "file.h5", kerasVersion: version },
      { device: devices.float32 },
    );
  const model = build(layers);
  expect(model.outputs[0].openShape).toEqual([null, 2]);
  expect(model.weights.map(({ name, variable }) => [name, variable.shape])).toEqual([["embeddings", [9, 2]]]);
  const masked = { class_name: "Embedding", config: { ...config, mask_zero: true } };
  expect(() => build([...layers.slice(0, -1), masked])).toThrow(/layer e \(Embedding\): .*mask_zero/);
});
