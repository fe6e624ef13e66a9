/** Models as Keras 1 saved them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadModel, tensor } from "../../src/index.js";
import { parseModelConfig } from "../../src/io/keras/modelConfig.js";
import { writeLegacyModel } from "../../src/io/keras/writeModel.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { mulberry32 } from "../../src/models/random.js";
import { buildModel } from "../../src/models/saving/load.js";
import { modelConfig } from "../../src/models/saving/modelConfig.js";
import { createTestDevice } from "../support/run.js";

type Json = Record<string, unknown>;
const origin = { file: "file.h5", kerasVersion: "1.2.2" };

const convolution = (name: string, more: Json = {}): Json => ({
  class_name: "Convolution2D",
  config: {
    ...{ name, trainable: true, nb_filter: 4, nb_row: 3, nb_col: 2, subsample: [2, 1], dim_ordering: "tf" },
    ...{
      border_mode: "same",
      activation: "relu",
      bias: true,
      init: "glorot_uniform",
      input_dtype: "float32",
    },
    W_regularizer: { name: "WeightRegularizer", l1: 0, l2: 0.5 },
    W_constraint: { name: "MaxNorm", m: 3, axis: 0 },
    ...{ b_regularizer: null, activity_regularizer: null, b_constraint: null, ...more },
  },
});
const dense: Json = {
  class_name: "Dense",
  config: {
    ...{
      name: "dense_1",
      trainable: true,
      output_dim: 3,
      input_dim: null,
      init: "glorot_uniform",
      bias: true,
    },
    ...{ activation: "softmax", W_regularizer: null, b_regularizer: null, activity_regularizer: null },
    ...{ W_constraint: null, b_constraint: null },
  },
};
const pooling: Json = {
  class_name: "MaxPooling2D",
  config: {
    ...{ name: "maxpooling2d_1", trainable: true, pool_size: [2, 2], strides: [2, 2], border_mode: "valid" },
    dim_ordering: "tf",
  },
};
const normalization: Json = {
  class_name: "BatchNormalization",
  config: {
    ...{ name: "batchnormalization_1", trainable: true, mode: 0, axis: 3, epsilon: 1e-5, momentum: 0.9 },
    ...{ gamma_regularizer: null, beta_regularizer: null },
  },
};
const dropout: Json = { class_name: "Dropout", config: { name: "dropout_1", trainable: true, p: 0.25 } };
const flatten: Json = { class_name: "Flatten", config: { name: "flatten_1", trainable: true } };
const input = { batch_input_shape: [null, 8, 6, 3] };
const sequential: Json = {
  class_name: "Sequential",
  config: [convolution("convolution2d_1", input), normalization, pooling, dropout, flatten, dense],
};

describe("Keras 1", () => {
  let device: Device;
  let folder: string;
  beforeAll(async () => {
    device = await createTestDevice();
    folder = await mkdtemp(join(tmpdir(), "wgraft-keras1-"));
  });
  afterAll(async () => {
    device.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  it("means what it does in the notation of Keras 2", () => {
    const model = buildModel(parseModelConfig(sequential, "file.h5"), origin, { device, seed: 1 });
    const layers = modelConfig(model).config.layers as { class_name: string; config: Json }[];
    expect(layers.map((layer) => layer.class_name)).toEqual([
      ...["InputLayer", "Conv2D", "BatchNormalization", "MaxPooling2D", "Dropout", "Flatten", "Dense"],
    ]);
    const of = (i: number) => layers[i].config;
    expect(of(1)).toMatchObject({
      ...{
        filters: 4,
        kernel_size: [3, 2],
        strides: [2, 1],
        padding: "same",
        activation: "relu",
        use_bias: true,
      },
      kernel_regularizer: { class_name: "L1L2", config: { l1: 0, l2: 0.5 } },
      kernel_constraint: { class_name: "MaxNorm", config: { max_value: 3, axis: 0 } },
    });
    expect(of(2)).toMatchObject({ epsilon: 1e-5, momentum: 0.9 });
    expect(of(3)).toMatchObject({ pool_size: [2, 2], strides: [2, 2], padding: "valid" });
    expect(of(4)).toMatchObject({ rate: 0.25 });
    expect(of(6)).toMatchObject({ units: 3, activation: "softmax" });
  });

  it("has names of its own for weights", async () => {
    const built = buildModel(parseModelConfig(sequential, "file.h5"), origin, { device, seed: 1 });
    const random = mulberry32(1);
    const old: Record<string, string> = {
      ...{ kernel: "W", bias: "b", moving_mean: "running_mean", moving_variance: "running_std" },
    };
    const layers = built.layers.slice(1).map((layer) => ({
      name: layer.name,
      weights: layer.weights.map(({ name, variable: { shape } }) => {
        const size = shape.reduce((product, d) => product * d, 1);
        const data = Float32Array.from({ length: size }, () => random());
        return { name: `${layer.name}_${old[name] ?? name}`, shape, data };
      }),
    }));
    const path = join(folder, "keras1.h5");
    await writeLegacyModel(path, { modelConfig: sequential, layers, kerasVersion: "1.2.2" });
    const model = await loadModel(path, { device });
    const values = (await model.getWeights()).flatMap((weight) => [...weight.dataSync()]);
    expect(values).toEqual(layers.flatMap((layer) => layer.weights.flatMap(({ data }) => [...data])));
    const x = tensor(
      Float32Array.from({ length: 144 }, () => random()),
      [1, 8, 6, 3],
    );
    const again = join(folder, "again.keras");
    await model.save(again);
    const y = await (await model.predict(x)).data();
    expect([...(await (await (await loadModel(again, { device })).predict(x)).data())]).toEqual([...y]);
  });

  const merged = (mode: string): Json => ({
    class_name: "Model",
    config: {
      name: "model_1",
      layers: [
        {
          ...{ class_name: "InputLayer", name: "input_1", inbound_nodes: [] },
          config: { ...input, input_dtype: "float32", sparse: false, name: "input_1" },
        },
        ...["a", "b"].map((name) => ({
          ...{ ...convolution(name, { activation: "linear" }), name },
          inbound_nodes: [[["input_1", 0, 0]]],
        })),
        {
          ...{
            class_name: "Merge",
            name: "merge_1",
            inbound_nodes: [
              [
                ["a", 0, 0],
                ["b", 0, 0],
              ],
            ],
          },
          config: {
            ...{ name: "merge_1", trainable: true, mode, mode_type: "raw", concat_axis: -1, dot_axes: -1 },
            ...{ output_shape: null, output_shape_type: "raw", output_mask: null, arguments: {} },
          },
        },
      ],
      input_layers: [["input_1", 0, 0]],
      output_layers: [["merge_1", 0, 0]],
    },
  });
  const built = (mode: string) => buildModel(parseModelConfig(merged(mode), "file.h5"), origin, { device });

  it.each([
    ["sum", "Add"],
    ["mul", "Multiply"],
    ["concat", "Concatenate"],
    ["ave", "Average"],
    ["max", "Maximum"],
  ])("merges by %s", (mode, className) => {
    expect(built(mode).getLayer("merge_1").className).toBe(className);
  });

  it("is refused where later versions have nothing like it", () => {
    expect(() => built("cos")).toThrow("layer merge_1 (Merge cos): wgraft has no such layer");
    const other = (layer: Json) => () =>
      buildModel(parseModelConfig({ class_name: "Sequential", config: [layer] }, "file.h5"), origin, {
        device,
      });
    expect(other(convolution("c", { ...input, dim_ordering: "th" }))).toThrow(/channels_first.*set_weights/);
    const config = { ...(normalization.config as Json), ...input, mode: 1 };
    expect(other({ ...normalization, config })).toThrow("wgraft has no mode (here 1)");
  });
});
