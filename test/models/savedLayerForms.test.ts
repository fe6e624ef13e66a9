/** Forms that Keras has for the same arguments, and layers that say what to do about them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  Activation,
  Dense,
  Flatten,
  loadModel,
  Normalization,
  Rescaling,
  Sequential,
  tensor,
} from "../../src/index.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { parseModelConfig } from "../../src/io/keras/modelConfig.js";
import { buildModel } from "../../src/models/saving/load.js";
import { modelConfig } from "../../src/models/saving/modelConfig.js";
import { buildLayer } from "../../src/models/layers/savedLayer.js";
import { expectClose } from "../support/expectClose.js";
import { createTestDevice } from "../support/run.js";

const build = (className: string, config: object) =>
  buildLayer({ className, name: "one", config: config as Record<string, unknown> }, "file.h5");

describe("activations in files", () => {
  it.each([
    ["selu", "selu"],
    ["swish", "swish"],
    [{ module: "builtins", class_name: "function", config: "relu6", registered_name: "function" }, "relu6"],
    [
      {
        module: "keras.layers",
        class_name: "LeakyReLU",
        config: { name: "l", trainable: true, dtype: { config: {} }, negative_slope: 0.25 },
      },
      { class_name: "LeakyReLU", config: { alpha: 0.25 } },
    ],
    [
      { class_name: "LeakyReLU", config: { alpha: 0.25 } },
      { class_name: "LeakyReLU", config: { alpha: 0.25 } },
    ],
    [
      { class_name: "ReLU", config: { max_value: null, negative_slope: 0.5, threshold: 1 } },
      { class_name: "ReLU", config: { negative_slope: 0.5, threshold: 1 } },
    ],
  ])("%j", (saved, written) => {
    const layer = build("Dense", { units: 1, activation: saved });
    expect(layer.getConfig().activation).toEqual(written);
  });
});

describe("regularizers in files", () => {
  it.each([
    ["l2", { class_name: "L2", config: { l2: 0.01 } }],
    ["l1_l2", { class_name: "L1L2", config: { l1: 0, l2: 0 } }],
    [
      { class_name: "L1L2", config: { l1: 0, l2: 0.5 } },
      { class_name: "L1L2", config: { l1: 0, l2: 0.5 } },
    ],
    [
      { module: "keras.regularizers", class_name: "L1", config: { l1: 0.5 }, registered_name: null },
      { class_name: "L1", config: { l1: 0.5 } },
    ],
  ])("%j", (saved, written) => {
    const layer = build("Conv2D", { filters: 1, kernel_size: 1, kernel_regularizer: saved });
    expect(layer.getConfig().kernel_regularizer).toEqual(written);
  });

  it("belong to weights and outputs", () => {
    const l2 = { class_name: "L2", config: { l2: 0.5 } };
    const config = { filters: 2, kernel_size: 1, depthwise_regularizer: l2, bias_regularizer: "l1" };
    const layer = build("SeparableConv2D", { ...config, activity_regularizer: l2 });
    new Sequential([new Flatten({ inputShape: [2, 2, 3] })]);
    new Sequential([new Rescaling({ scale: 1, inputShape: [2, 2, 3] }), layer]);
    expect(layer.weightPenalties.map(({ weight, penalty }) => [weight.name, penalty])).toEqual([
      ["depthwise_kernel", { className: "L2", l1: 0, l2: 0.5 }],
      ["bias", { className: "L1", l1: 0.01, l2: 0 }],
    ]);
    expect(layer.activityPenalty).toEqual({ className: "L2", l1: 0, l2: 0.5 });
  });
});

it.each([
  ["Lambda", /layer one \(Lambda\): it holds Python code, .*customObjects: \{ "Lambda": YourLayer \}/],
  ["LSTM", /layer one \(LSTM\): wgraft has no such layer; .*customObjects/],
  ["Custom>Mine", /layer one \(Custom>Mine\): wgraft has no such layer; .*customObjects/],
])("%s is refused, and the error says what to do", (className, message) => {
  expect(() => build(className, {})).toThrow(message);
});

describe("saved and loaded", () => {
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

  it.each(["h5", "keras"])("keeps preprocessing, activations and regularizers: %s", async (format) => {
    const normalization = new Normalization({ axis: -1 });
    const dense = new Dense({
      units: 2,
      activation: { className: "LeakyReLU", config: { negativeSlope: 0.25 } },
      kernelRegularizer: { className: "L2", config: { l2: 0.5 } },
    });
    const model = new Sequential(
      [new Rescaling({ scale: [1, 2, 3], offset: -1, inputShape: [3] }), normalization, dense],
      { device, seed: 1 },
    );
    await normalization.setWeights([tensor([1, 2, 3], [3]), tensor([4, 5, 6], [3]), tensor([7], [])]);
    const x = tensor([0.5, -1, 2, 3, 4, -5], [2, 3]);
    const before = (await model.predict(x)).dataSync();
    const path = join(folder, `model.${format}`);
    await model.save(path);
    const loaded = await loadModel(path, { device });
    expect((await loaded.predict(x)).dataSync()).toEqual(before);
    expect(loaded.layers.at(-1)!.getConfig()).toEqual(dense.getConfig());
  });

  it("keeps what hard_sigmoid meant to the Keras that saved the file", async () => {
    const x = tensor([1, -1], [1, 2]);
    const of = async (activation: "hard_sigmoid" | "hard_sigmoid_keras2", version?: string) => {
      const model = new Sequential([new Activation({ activation, inputShape: [2] })], { device });
      const path = join(folder, `${activation}.h5`);
      await model.save(path);
      if (version === undefined) return (await (await loadModel(path, { device })).predict(x)).dataSync();
      const { className, config: own } = modelConfig(model);
      const config = parseModelConfig({ class_name: className, config: own }, path);
      return (
        await buildModel(config, { file: path, kerasVersion: version }, { device }).predict(x)
      ).dataSync();
    };
    expectClose(await of("hard_sigmoid"), [2 / 3, 1 / 3]);
    expectClose(await of("hard_sigmoid", "3.0.0"), [2 / 3, 1 / 3]);
    expectClose(await of("hard_sigmoid", "2.15.0"), [0.7, 0.3]);
    expectClose(await of("hard_sigmoid_keras2"), [0.7, 0.3]);
  });
});
