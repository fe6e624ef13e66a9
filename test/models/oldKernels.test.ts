/** Kernels that Keras 1, and Keras on Theano, stored in another order. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  Conv1D,
  Conv2D,
  Conv2DTranspose,
  Dense,
  Flatten,
  Input,
  loadModel,
  Model,
  type Layer,
} from "../../src/index.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { replaceAtomically } from "../../src/io/atomic.js";
import { createHdf5 } from "../../src/io/hdf5/writer.js";
import { modelConfig } from "../../src/models/saving/modelConfig.js";
import { loadWeights } from "../../src/models/saving/weights.js";
import { sizeOf } from "../../src/tensor.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
let folder: string;
beforeAll(async () => {
  device = await createTestDevice();
  folder = await mkdtemp(join(tmpdir(), "wgraft-kernels-"));
});
afterAll(async () => {
  device.destroy();
  await rm(folder, { recursive: true, force: true });
});

interface Stored {
  readonly shape: readonly number[];
  /** The place in the stored kernel of what the layer has at these places. */
  readonly at: (...places: number[]) => number[];
}

interface Case {
  readonly what: string;
  readonly layer: (name?: string) => Layer;
  readonly input: readonly number[];
  readonly stored: Stored;
  readonly version?: string;
  readonly backend?: string;
}

const same = (shape: readonly number[]): Stored => ({ shape, at: (...places) => places });
const flipped = (shape: readonly number[]): Stored => ({
  shape,
  at: (...places) => places.map((place, k) => (k < shape.length - 2 ? shape[k] - 1 - place : place)),
});
const conv1d = (name = "layer") => new Conv1D({ filters: 5, kernelSize: 3, name });
const conv2d = (name = "layer") => new Conv2D({ filters: 4, kernelSize: [3, 2], name });
const transposed = (name = "layer") => new Conv2DTranspose({ filters: 4, kernelSize: [3, 2], name });
const dense = (name = "layer") => new Dense({ units: 4, name });
const [sequence, image] = [
  [7, 2],
  [6, 5, 3],
];

const cases: Case[] = [
  {
    what: "Keras 1.2 has an axis of one in a Conv1D",
    ...{ layer: conv1d, input: sequence, version: "1.2.2" },
    stored: { shape: [3, 1, 2, 5], at: (k, c, f) => [k, 0, c, f] },
  },
  {
    what: "Keras 1.1 has the filters of a Conv1D first",
    ...{ layer: conv1d, input: sequence, version: "1.1.0" },
    stored: { shape: [5, 2, 3, 1], at: (k, c, f) => [f, c, k, 0] },
  },
  {
    what: "a file that does not say its version is of Keras 1",
    ...{ layer: conv1d, input: sequence },
    stored: { shape: [3, 1, 2, 5], at: (k, c, f) => [k, 0, c, f] },
  },
  {
    what: "a Conv2D of Keras 1 is as today",
    layer: conv2d,
    input: image,
    stored: same([3, 2, 3, 4]),
    version: "1.2.2",
  },
  {
    what: "Keras 1 has the input's channels of a transposed convolution before the filters",
    ...{ layer: transposed, input: image, version: "1.2.2" },
    stored: { shape: [3, 2, 3, 4], at: (i, j, f, c) => [i, j, c, f] },
  },
  {
    what: "Theano turns a Conv1D",
    layer: conv1d,
    input: sequence,
    stored: flipped([3, 2, 5]),
    version: "2.0.8",
    backend: "theano",
  },
  {
    what: "Theano turns a Conv2D",
    layer: conv2d,
    input: image,
    stored: flipped([3, 2, 3, 4]),
    version: "2.2.4",
    backend: "theano",
  },
  {
    what: "Theano turns a transposed convolution",
    ...{ layer: transposed, input: image, version: "2.2.4", backend: "theano" },
    stored: flipped([3, 2, 4, 3]),
  },
  {
    what: "Theano leaves a Dense layer alone",
    ...{
      layer: dense,
      input: [3],
      version: "2.2.4",
      backend: "theano",
    },
    stored: same([3, 4]),
  },
  {
    what: "TensorFlow turns nothing",
    layer: conv2d,
    input: image,
    stored: same([3, 2, 3, 4]),
    version: "2.2.4",
    backend: "tensorflow",
  },
];

function modelOf({ layer, input }: Case): Model {
  const x = Input({ shape: input });
  return new Model({ inputs: x, outputs: new Flatten().apply(layer().apply(x)), device, seed: 3 });
}

/** A file as `model.save` of that time made it, with the kernel in the order of that time. */
async function saveOld(model: Model, path: string, { stored, version, backend }: Case): Promise<void> {
  const [kernel, bias] = await model.getLayer("layer").getWeights();
  const values = new Float32Array(sizeOf(stored.shape));
  const offset = (shape: readonly number[], places: readonly number[]) =>
    shape.reduce((at, extent, k) => at * extent + places[k], 0);
  const place = kernel.shape.map(() => 0);
  for (const value of kernel.dataSync()) {
    values[offset(stored.shape, stored.at(...place))] = value;
    for (let k = place.length - 1; k >= 0 && ++place[k] === kernel.shape[k]; k--) place[k] = 0;
  }
  const config = { class_name: model.className, config: modelConfig(model).config };
  await replaceAtomically(path, (temporary) =>
    createHdf5(temporary, (writer) => {
      writer.text("/", "model_config", JSON.stringify(config));
      writer.group("/model_weights");
      const names = ["layer_W", "layer_b"];
      const write = (owner: string, name: string, list: readonly string[]) =>
        writer.textList(owner, name, list);
      write("/model_weights", "layer_names", ["layer"]);
      if (version !== undefined) writer.text("/model_weights", "keras_version", version);
      if (backend !== undefined) writer.text("/model_weights", "backend", backend);
      writer.group("/model_weights/layer");
      write("/model_weights/layer", "weight_names", names);
      writer.float32("/model_weights/layer/layer_W", stored.shape, values);
      writer.float32(
        "/model_weights/layer/layer_b",
        bias.shape,
        bias.dataSync() as Float32Array<ArrayBuffer>,
      );
    }),
  );
}

it.each(cases)("$what", async (one) => {
  const path = join(folder, "old.h5");
  const model = modelOf(one);
  await saveOld(model, path, one);
  const expected = (await model.getWeights()).map((weight) => [...weight.dataSync()]);
  const loaded = await loadModel(path, { device });
  expect((await loaded.getWeights()).map((weight) => [...weight.dataSync()])).toEqual(expected);
  // Into a model whose layer has another name: the file's order decides.
  const renamed = modelOf({ ...one, layer: () => one.layer("other") });
  await loadWeights(renamed, path);
  expect((await renamed.getWeights()).map((weight) => [...weight.dataSync()])).toEqual(expected);
});
