/** Functions of TensorFlow and operations of Keras 3 that are read as layers, against Keras 3.15.1 (test/golden/operations). */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadModel, tensor, type Model } from "../../src/index.js";
import { parseModelConfig } from "../../src/io/keras/modelConfig.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { buildModel } from "../../src/models/saving/load.js";
import { expectClose } from "../support/expectClose.js";
import { goldenPath } from "../support/golden.js";
import { createTestDevice } from "../support/run.js";

interface Case {
  config: Record<string, unknown>;
  shape: number[];
  output: number[];
}
const golden = JSON.parse(readFileSync(goldenPath("operations/operations.json"), "utf8")) as {
  x: number[];
  cases: Record<string, Case>;
};

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

const build = (json: unknown, kerasVersion = "3.15.1"): Model =>
  buildModel(parseModelConfig(json, "file.h5"), { file: "file.h5", kerasVersion }, { device });
const x = tensor(golden.x, [2, 4, 6, 2]);

async function expectGolden(model: Model, { shape, output }: Case) {
  const y = await model.predict(x);
  expect(y.shape).toEqual(shape);
  expectClose(await y.data(), output, { relative: 1e-5, absolute: 1e-6 });
}

describe("operations of Keras 3", () => {
  it.each(Object.entries(golden.cases))("%s", async (name, wanted) => {
    const model = build(wanted.config);
    await expectGolden(model, wanted);
    const path = join(folder, `${name}.keras`);
    await model.save(path);
    await expectGolden(await loadModel(path, { device }), wanted);
  });

  it.each(["sigmoid", "reshape", "concatenate", "softmax_of_rows", "resize"])(
    "%s in an .h5, which has no modules",
    async (name) => {
      const { config } = golden.cases[name];
      const without = JSON.stringify(config, (key, value: unknown) =>
        key === "module" || key === "registered_name" ? undefined : value,
      );
      await expectGolden(build(JSON.parse(without)), golden.cases[name]);
    },
  );
});

/** As tf.keras 2 writes a function of TensorFlow. */
function keras2(tfFunction: string, node: unknown) {
  const input = { batch_input_shape: [null, 4, 6, 2], dtype: "float32", sparse: false, name: "x" };
  const config = { name: "f", trainable: true, dtype: "float32", function: tfFunction };
  const layers = [
    { class_name: "InputLayer", config: input, name: "x", inbound_nodes: [] },
    { class_name: "TFOpLambda", config, name: "f", inbound_nodes: [node] },
  ];
  const ends = { input_layers: [["x", 0, 0]], output_layers: [["f", 0, 0]] };
  return { class_name: "Functional", config: { name: "model", layers, ...ends } };
}

describe("functions in a TFOpLambda of Keras 2", () => {
  const twice = [
    ["x", 0, 0, { axis: 1 }],
    ["x", 0, 0, { axis: 1 }],
  ];
  it.each([
    ["math.sigmoid", {}, "sigmoid"],
    ["nn.relu6", { name: null }, "relu6"],
    ["nn.elu", { alpha: 0.5 }, undefined],
    ["nn.leaky_relu", { alpha: 0.1 }, "leaky_relu"],
    ["nn.gelu", {}, "gelu_exact"],
    ["nn.softmax", { axis: 1 }, "softmax_of_rows"],
    ["clip_by_value", { clip_value_min: 0, clip_value_max: 1 }, "clip"],
    ["concat", twice, "concatenate"],
    ["reshape", { shape: [-1, 8, 6] }, "reshape"],
    ["transpose", { perm: [0, 3, 1, 2] }, "transpose"],
    ["image.resize", { size: [5, 7] }, "resize"],
    ["image.resize", { size: [2, 9], method: "nearest" }, "resize_nearest"],
    ["math.reduce_mean", { axis: [1, 2] }, "mean"],
    ["math.reduce_max", { axis: [2, 1], keepdims: true }, "max"],
    ["nn.max_pool2d", { ksize: 2, strides: 1, padding: "SAME" }, "max_pool"],
    ["nn.avg_pool2d", { ksize: [2, 3], strides: [2, 2], padding: "VALID" }, "average_pool"],
  ])("tf.%s %j", async (tfFunction, call, name = "elu") => {
    const node = Array.isArray(call) ? call : ["x", 0, 0, call];
    await expectGolden(build(keras2(tfFunction, node), "2.15.0"), golden.cases[name]);
  });

  it.each([
    ["reshape", { shape: [2, 48] }, "a shape that does not begin with -1"],
    ["transpose", { perm: [1, 0, 2, 3] }, "axes that do not begin with 0"],
    ["clip_by_value", { clip_value_min: -1, clip_value_max: 1 }, "a lower limit that is not 0"],
    ["image.resize", { size: [5, 7], antialias: true }, "antialias"],
    ["math.reduce_mean", { axis: [1] }, "axes that are not height and width"],
    ["nn.gelu", { approximate: true }, "the approximation of gelu by tanh"],
    ["nn.max_pool2d", { ksize: 2, strides: 1, padding: "SAME", data_format: "NCHW" }, "channels_first"],
    ["nn.max_pool2d", { ksize: 2, strides: 1, padding: [[0, 0]] }, "windows that are not two numbers"],
    ["math.erf", {}, "wgraft has no function tf.math.erf"],
  ])("refuses tf.%s %j", (tfFunction, call, why) => {
    const refused = () => build(keras2(tfFunction, ["x", 0, 0, call]), "2.15.0");
    expect(refused).toThrow(expect.objectContaining({ code: "not-supported" }));
    expect(refused).toThrow(`layer f (TFOpLambda)`);
    expect(refused).toThrow(why);
  });
});

describe("what would be read wrongly", () => {
  const changed = (name: string, change: (layer: Record<string, unknown>) => void) => {
    const json = structuredClone(golden.cases[name].config);
    change((json.config as { layers: Record<string, unknown>[] }).layers[1]);
    return () => build(json);
  };

  it("an operation that is called twice", () => {
    const refused = changed("leaky_relu", (layer) => {
      const [node] = layer.inbound_nodes as unknown[];
      layer.inbound_nodes = [node, node];
    });
    expect(refused).toThrow("an operation that is called 2 times, where once is meant");
  });

  it.each([
    ["max", { initial: 5 }, "a value to begin with"],
    ["resize", { data_format: "channels_first" }, "channels_first"],
  ])("%s with %j", (name, more, why) => {
    expect(changed(name, (layer) => Object.assign(layer.config as object, more))).toThrow(why);
  });
});

describe("notations of inputs and outputs", () => {
  const input = (name: string) => ({
    ...{ class_name: "InputLayer", name, inbound_nodes: [] },
    config: { batch_input_shape: [null, 2], dtype: "float32", sparse: false, name },
  });
  const subtract = (nodes: unknown) => ({
    ...{ class_name: "Subtract", name: "difference", inbound_nodes: nodes },
    config: { name: "difference", trainable: true, dtype: "float32" },
  });
  const model = (inputs: unknown, outputs: unknown) => {
    const node = [["a", 0, 0, {}], ["b", 0, 0, {}]]; // prettier-ignore
    const layers = [input("a"), input("b"), subtract([node])];
    const config = { name: "model", layers, input_layers: inputs, output_layers: outputs };
    return build({ class_name: "Functional", config }, "2.3.0-tf");
  };
  const [a, b] = [tensor([5, 7], [1, 2]), tensor([1, 2], [1, 2])];
  const difference = ["difference", 0, 0];

  it.each([
    [[["a", 0, 0], ["b", 0, 0]], difference, [4, 5]], // prettier-ignore
    [{ second: ["a", 0, 0], first: ["b", 0, 0] }, { only: difference }, [-4, -5]],
    [[["a", 0, 0], [["b", 0, 0]]], [[difference]], [4, 5]], // prettier-ignore
  ])("%j to %j", async (inputs, outputs, wanted) => {
    expectClose(await (await model(inputs, outputs).predict([a, b])).data(), wanted);
  });

  it("a node of one tensor without a list around it, as TensorFlow 1.14 to 2.2 wrote it", async () => {
    const config = { name: "act", trainable: true, dtype: "float32", activation: "relu" };
    const act = { class_name: "Activation", name: "act", config, inbound_nodes: [["a", 0, 0, {}]] };
    const ends = { input_layers: ["a", 0, 0], output_layers: ["act", 0, 0] };
    const json = { class_name: "Model", config: { name: "model", layers: [input("a"), act], ...ends } };
    const y = await build(json, "2.2.4-tf").predict(tensor([-1, 3], [1, 2]));
    expectClose(await y.data(), [0, 3]);
  });
});
