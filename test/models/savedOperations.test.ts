/** Operations that Keras saves where tensors are computed with between layers: loaded, computed, saved as they were. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  BatchNormalization,
  Conv2D,
  Dense,
  GlobalAveragePooling2D,
  Input,
  loadModel,
  Model,
  RandomFlip,
  Sequential,
  tensor,
} from "../../src/index.js";
import { Subtract, TrueDivide } from "../../src/models/layers/operations/index.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { parseModelConfig } from "../../src/io/keras/modelConfig.js";
import { keras3Model } from "../../src/models/saving/keras3Config.js";
import { buildModel } from "../../src/models/saving/load.js";
import { modelConfig } from "../../src/models/saving/modelConfig.js";
import { Operation } from "../../src/models/layers/operations/operation.js";
import { expectClose } from "../support/expectClose.js";
import { createTestDevice } from "../support/run.js";

type Json = Record<string, unknown>;
const shape = [2, 3, 3] as const;

const kerasInput = (dtype: string): Json => ({
  class_name: "InputLayer",
  config: { batch_input_shape: [null, ...shape], dtype, sparse: false, name: "image" },
  name: "image",
  inbound_nodes: [],
});

/** As tf.keras 2 writes it. */
function lambda(name: string, tfFunction: string, node: unknown): Json {
  const className = tfFunction === "__operators__.getitem" ? "SlicingOpLambda" : "TFOpLambda";
  const config = { name, trainable: true, dtype: "float32", function: tfFunction };
  return { class_name: className, config, name, inbound_nodes: [node] };
}

function keras2(layers: readonly Json[], dtype = "float32"): Json {
  const last = layers.at(-1)!.name;
  return {
    class_name: "Functional",
    config: {
      name: "model",
      layers: [kerasInput(dtype), ...layers],
      input_layers: [["image", 0, 0]],
      output_layers: [[last, 0, 0]],
    },
  };
}

const from = (name: string, tensorShape: readonly number[] = shape) => ({
  class_name: "__keras_tensor__",
  config: { shape: [null, ...tensorShape], dtype: "float32", keras_history: [name, 0, 0] },
});

/** As Keras 3 writes it. */
function operation(className: string, name: string, args: readonly unknown[], config: Json = {}): Json {
  return {
    module: className === "Cast" ? "keras.src.ops.core" : "keras.src.ops.numpy",
    class_name: className,
    config: { name, ...config },
    registered_name: className,
    name,
    inbound_nodes: [{ args, kwargs: {} }],
  };
}

function keras3(layers: readonly Json[], dtype = "float32"): Json {
  const input = {
    ...{ module: "keras.layers", class_name: "InputLayer", registered_name: null },
    config: {
      batch_shape: [null, ...shape],
      dtype,
      sparse: false,
      ragged: false,
      name: "image",
      optional: false,
    },
    ...{ name: "image", inbound_nodes: [] },
  };
  const ends = { input_layers: ["image", 0, 0], output_layers: [layers.at(-1)!.name, 0, 0] };
  const config = { name: "model", trainable: true, layers: [input, ...layers], ...ends };
  return {
    module: "keras.src.models.functional",
    class_name: "Functional",
    config,
    registered_name: "Functional",
  };
}

const ellipsis = { class_name: "__ellipsis__", config: {} };
const mean = {
  class_name: "__tensor__",
  config: { value: [[[[-103.939, -116.779, -123.68]]]], dtype: "float32" },
};
const channel = (i: number) =>
  operation("GetItem", i === 2 ? "get_item" : `get_item_${2 - i}`, [from("image"), [ellipsis, i]]);
const single = [2, 3] as const;

/** `preprocess_input` on a tensor, in the modes of keras.applications. */
const files = {
  "tf, Keras 2": keras2([
    lambda("tf.math.truediv", "math.truediv", ["image", 0, 0, { y: 127.5, name: null }]),
    lambda("tf.math.subtract", "math.subtract", ["tf.math.truediv", 0, 0, { y: 1, name: null }]),
  ]),
  "tf on pixels, Keras 2": keras2(
    [
      lambda("tf.cast", "cast", ["image", 0, 0, { dtype: "float32" }]),
      lambda("tf.math.truediv", "math.truediv", ["tf.cast", 0, 0, { y: 127.5, name: null }]),
      lambda("tf.math.subtract", "math.subtract", ["tf.math.truediv", 0, 0, { y: 1, name: null }]),
    ],
    "uint8",
  ),
  "caffe, Keras 2": keras2([
    lambda("tf.__operators__.getitem", "__operators__.getitem", [
      ...["image", 0, 0],
      { slice_spec: [{ class_name: "__ellipsis__" }, { start: null, stop: null, step: -1 }] },
    ]),
    lambda("tf.nn.bias_add", "nn.bias_add", [
      ...["tf.__operators__.getitem", 0, 0],
      { bias: [-103.939, -116.779, -123.68], data_format: "NHWC", name: null },
    ]),
  ]),
  "1 − x and two tensors, Keras 2": keras2([
    lambda("tf.math.subtract", "math.subtract", [
      "_CONSTANT_VALUE",
      -1,
      1,
      { y: ["image", 0, 0], name: null },
    ]),
    lambda("tf.math.multiply", "math.multiply", [
      "image",
      0,
      0,
      { y: ["tf.math.subtract", 0, 0], name: null },
    ]),
    lambda("tf.stack", "stack", [
      ["image", 0, 0, { axis: 1 }],
      ["tf.math.multiply", 0, 0, { axis: 1 }],
    ]),
  ]),
  "tf on pixels, Keras 3": keras3(
    [
      operation("Cast", "cast", [from("image")], { dtype: "float32" }),
      operation("TrueDivide", "true_divide", [from("cast"), 127.5]),
      operation("Subtract", "subtract", [from("true_divide"), 1]),
    ],
    "uint8",
  ),
  "caffe, Keras 3": keras3([
    ...[channel(2), channel(1), channel(0)],
    operation(
      "Stack",
      "stack",
      [[0, 1, 2].map((i) => from(i === 0 ? "get_item" : `get_item_${i}`, single))],
      { axis: -1 },
    ),
    operation("Add", "add", [from("stack"), mean]),
  ]),
  "two tensors, Keras 3": keras3([
    operation("Multiply", "multiply", [from("image"), 0.5]),
    operation("Add", "add", [from("image"), from("multiply")]),
    operation("GetItem", "get_item", [
      from("add"),
      [
        { class_name: "__slice__", config: { start: null, stop: null, step: null } },
        { class_name: "__slice__", config: { start: -1, stop: null, step: null } },
        null,
      ],
    ]),
  ]),
};

const caffe = (pixel: readonly number[]) => [pixel[2] - 103.939, pixel[1] - 116.779, pixel[0] - 123.68];
const pixels = Array.from({ length: 36 }, (_, i) => (i * 37) % 256);
const byPixel = (f: (pixel: readonly number[]) => number[]) =>
  Array.from({ length: 12 }, (_, i) => f(pixels.slice(3 * i, 3 * i + 3))).flat();
const tf = pixels.map((x) => x / 127.5 - 1);
const parts = (values: readonly number[]) => [values.slice(0, 18), values.slice(18)];
const expected: Record<keyof typeof files, number[]> = {
  "tf, Keras 2": tf,
  "tf on pixels, Keras 2": tf,
  "caffe, Keras 2": byPixel(caffe),
  "1 − x and two tensors, Keras 2": parts(pixels).flatMap((x) => [...x, ...x.map((v) => v * (1 - v))]),
  "tf on pixels, Keras 3": tf,
  "caffe, Keras 3": byPixel(caffe),
  "two tensors, Keras 3": parts(pixels).flatMap((x) => x.slice(9).map((v) => 1.5 * v)),
};

describe("operations", () => {
  let device: Device;
  let dir: string;
  beforeAll(async () => {
    device = await createTestDevice();
    dir = await mkdtemp(join(tmpdir(), "wgraft-"));
  });
  afterAll(async () => {
    device.destroy();
    await rm(dir, { recursive: true });
  });

  const build = (json: Json, kerasVersion: string): Model =>
    buildModel(parseModelConfig(json, "file.h5"), { file: "file.h5", kerasVersion }, { device });
  const outputs = async (model: Model) =>
    (await model.predict(tensor(Float32Array.from(pixels), [2, ...shape]))).data();

  it.each(Object.keys(files) as (keyof typeof files)[])("%s", async (name) => {
    const isKeras2 = name.endsWith("2");
    const model = build(files[name], isKeras2 ? "2.15.0" : "3.15.1");
    const y = await outputs(model);
    expectClose(y, expected[name], { absolute: 2e-5 });
    const { config } = files[name] as { config: { layers: unknown } };
    const written = isKeras2 ? modelConfig(model).config : (keras3Model(model).config as Json);
    expect(JSON.parse(JSON.stringify(written.layers))).toEqual(config.layers);
    for (const format of ["h5", "keras"]) {
      const path = join(dir, `model.${format}`);
      await model.save(path);
      const again = await loadModel(path, { device });
      expect(Array.from(await outputs(again))).toEqual(Array.from(y));
      const path2 = join(dir, `again.${format}`);
      await again.save(path2);
      expect(Array.from(await outputs(await loadModel(path2, { device })))).toEqual(Array.from(y));
    }
  });

  it.each(["math.truediv", undefined])(
    "stand before a base, as in Keras's tutorial (%s)",
    async (tfFunction) => {
      const base = () => {
        const input = Input({ shape });
        const conv = new Conv2D({ filters: 2, kernelSize: 1 }).apply(input);
        return new Model({
          inputs: input,
          outputs: new BatchNormalization().apply(conv),
          name: "base",
          device,
          seed: 1,
        });
      };
      const input = Input({ shape });
      const augmented = new Sequential([new RandomFlip({ inputShape: shape })], { device }).apply(input);
      const scaled = new TrueDivide({ x2: 127.5, tfFunction }).apply(augmented);
      const shifted = new Subtract({ x2: 1, tfFunction: tfFunction && "math.subtract" }).apply(scaled);
      const features = base().apply(shifted, { training: false });
      const pooled = new GlobalAveragePooling2D().apply(features);
      const output = new Dense({ units: 1, activation: "sigmoid" }).apply(pooled);
      const model = new Model({ inputs: input, outputs: output, device, seed: 2 });
      model.compile({ optimizer: "sgd", loss: "binary_crossentropy" });
      const x = tensor(Float32Array.from(pixels), [2, ...shape]);
      const [before] = await model.trainOnBatch(x, tensor(Float32Array.of(0, 1), [2, 1]));
      const [after] = await model.trainOnBatch(x, tensor(Float32Array.of(0, 1), [2, 1]));
      expect(after).toBeLessThan(before);
      const y = await outputs(model);
      for (const format of ["h5", "keras"]) {
        const path = join(dir, `base.${format}`);
        await model.save(path);
        const again = await loadModel(path, { device });
        expect(Array.from(await outputs(again))).toEqual(Array.from(y));
        // A .keras file has the operations of Keras 3 only.
        if (format === "h5" || tfFunction === undefined) expect(again.getConfig()).toEqual(model.getConfig());
      }
    },
  );

  it.each([(node: Json) => node, JSON.stringify])("loads what TensorFlow 2.0 to 2.3 wrote", async (form) => {
    const older = (op: string, name: string, from: string, constants: Json, attr: Json = {}): Json => {
      const node_def = form({ name, op, input: [from, `${name}/y`], attr });
      const config = { name, trainable: true, dtype: "float32", node_def, constants };
      return {
        class_name: "TensorFlowOpLayer",
        config,
        name: `op_${name}`,
        inbound_nodes: [[[from, 0, 0, {}]]],
      };
    };
    const layers = [
      older("Cast", "cast", "image", {}, { DstT: { type: "DT_FLOAT" } }),
      older("RealDiv", "truediv", "op_cast", { "1": 127.5 }),
      older("Sub", "sub", "op_truediv", { "0": 1 }),
    ];
    const model = build(keras2(layers), "2.3.0");
    expectClose(
      await outputs(model),
      pixels.map((x) => 1 - x / 127.5),
    );
    const path = join(dir, "older.h5");
    await model.save(path);
    expectClose(
      await outputs(await loadModel(path, { device })),
      pixels.map((x) => 1 - x / 127.5),
    );
    expect(() => build(keras2([older("Conv2D", "conv", "image", {})]), "2.3.0")).toThrow(
      "no operation Conv2D of TensorFlow",
    );
  });

  it("loads what Keras 3 writes into an .h5, without modules; Add of a list stays the layer", async () => {
    const without = (json: Json): Json =>
      JSON.parse(
        JSON.stringify(json, (key, value: unknown) =>
          key === "module" || key === "registered_name" ? undefined : value,
        ),
      ) as Json;
    const layer = { ...operation("Add", "sum", [[from("image"), from("add")]]), module: "keras.layers" };
    const operations = [
      operation("Multiply", "multiply", [from("image"), 0.5]),
      operation("Add", "add", [from("image"), from("multiply")]),
    ];
    const model = build(without(keras3([...operations, layer])), "3.15.1");
    expect(model.layers.map((each) => each instanceof Operation)).toEqual([false, true, true, false]);
    expectClose(
      await outputs(model),
      pixels.map((x) => 2.5 * x),
    );
  });

  it.each([
    ["tf.erf", "math.erf", ["image", 0, 0, {}], "no function tf.math.erf"],
    ["tf.cast", "cast", ["image", 0, 0, { dtype: "uint8" }], "dtype"],
    ["tf.add", "math.add", ["image", 0, 0, { y: "one" }], "argument x2 is neither a tensor nor numbers"],
    ["tf.add", "math.add", ["image", 0, 0, { y: [1, 2] }], "broadcast"],
    ["tf.item", "__operators__.getitem", ["image", 0, 0, { slice_spec: [0] }], "all samples of the batch"],
    [
      "tf.item",
      "__operators__.getitem",
      ["image", 0, 0, { slice_spec: [{ class_name: "__ellipsis__" }, 3] }],
      "0 to 2",
    ],
  ])("refuses %s(%s %j)", (name, tfFunction, node, message) => {
    const model = () => build(keras2([lambda(name, tfFunction, node)]), "2.15.0");
    expect(model).toThrow(message);
    expect(model).toThrow(`layer ${name}`);
  });
});
