/** Whole networks on a device that stores activations as float16, beside the same on one that does not. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import type { AdapterInfo } from "../../src/kernels/gpu/adapter.js";
import { expectPrecision } from "../../src/kernels/gpu/precision.js";
import { f16Toggle, togglesFor } from "../../src/kernels/gpu/toggles.js";
import { VGG16 } from "../../src/models/applications/index.js";
import { BatchNormalization } from "../../src/models/layers/normalization/batchNormalization.js";
import { Conv2D } from "../../src/models/layers/convolutional/conv2d.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { MaxPooling2D } from "../../src/models/layers/pooling/maxPooling2d.js";
import { Flatten } from "../../src/models/layers/reshaping/flatten.js";
import { LossScaleOptimizer } from "../../src/models/optimizers/lossScaleOptimizer.js";
import { SGD } from "../../src/models/optimizers/sgd.js";
import { loadModel } from "../../src/models/saving/load.js";
import { Sequential } from "../../src/models/sequential.js";
import { tensor, type FloatType } from "../../src/tensor.js";
import { toFloat16 } from "../reference/float16.js";
import { uniform } from "../reference/random.js";
import { expectWithin, goldenPath, loadGolden } from "../support/golden.js";
import { createTestDevice } from "../support/run.js";

let devices: Record<FloatType, Device>;
beforeAll(async () => {
  devices = { float32: await createTestDevice(), float16: await createTestDevice({ precision: "float16" }) };
});
afterAll(() => {
  for (const device of Object.values(devices)) device.destroy();
});

/** Largest error over the largest value, and error over value as root mean squares. */
function errorsOf(rounded: Float32Array, exact: Float32Array) {
  let [worst, largest, squares, all] = [0, 0, 0, 0];
  exact.forEach((value, i) => {
    const error = Math.abs(rounded[i] - value);
    // Written so that NaN stays.
    worst = error <= worst ? worst : error;
    largest = Math.max(largest, Math.abs(value));
    squares += error ** 2;
    all += value ** 2;
  });
  return { worst: worst / largest, rms: Math.sqrt(squares / all) };
}

const image = tensor(Uint8Array.from(uniform(1, [48, 48, 3], 0, 256).dataSync()), [1, 48, 48, 3]);

it("features of VGG16 are float32's but for the rounding of its layers", async () => {
  const featuresOn = async (device: Device) => {
    const options = { weights: "random", includeTop: false, inputShape: [48, 48, 3], seed: 1 } as const;
    const model = await VGG16({ ...options, device });
    const features = await model.predict(image, { preprocess: "caffe" });
    expect(features.dtype).toBe("float32");
    return features.dataSync();
  };
  const errors = errorsOf(await featuresOn(devices.float16), await featuresOn(devices.float32));
  // Measured on lavapipe: 7e-4 and 6e-4.
  expect(errors.worst).toBeGreaterThan(1e-5);
  expect(errors.worst).toBeLessThan(3e-3);
  expect(errors.rms).toBeLessThan(2e-3);
});

it("separable and depthwise convolutions, normalisations and poolings give what Keras computes in float32", async () => {
  const golden = loadGolden("keras/bnsep");
  const model = await loadModel(goldenPath("keras/bnsep.h5"), { device: devices.float16 });
  const prediction = await model.predict(golden.tensor("input"));
  // Measured on lavapipe: 1e-4.
  expectWithin(prediction, golden.tensor("act/d"), 1e-3);
  const share = errorsOf(prediction.dataSync(), golden.tensor("act/d").dataSync()).worst;
  expect(share).toBeGreaterThan(1e-6);
});

const samples = 13;
const x = uniform(2, [samples, 8, 8, 4]);
const y = tensor(
  Float32Array.from({ length: samples }, (_, i) => i % 2),
  [samples, 1],
);

function network(device: Device): Sequential {
  const layers = [
    new Conv2D({ filters: 8, kernelSize: 3, padding: "same", activation: "relu", inputShape: [8, 8, 4] }),
    new BatchNormalization({ trainable: false }),
    new MaxPooling2D(),
    new Conv2D({ filters: 8, kernelSize: 3, activation: "relu" }),
    new Flatten(),
    new Dense({ units: 1, activation: "sigmoid" }),
  ];
  return new Sequential(layers, { device, seed: 3 });
}

describe("training", () => {
  it("takes the step that float32 takes, by a loss that is scaled", async () => {
    const stepped = async (device: Device) => {
      const model = network(device);
      model.compile({ optimizer: new SGD({ learningRate: 0.05 }), loss: "binary_crossentropy" });
      const [loss] = await model.trainOnBatch(x, y);
      const weights = await model.getWeights();
      return { model, loss, weights: weights.map((w) => w.dataSync() as Float32Array) };
    };
    const [rounded, exact] = [await stepped(devices.float16), await stepped(devices.float32)];
    expect(exact.model.compilation!.optimizer).toBeInstanceOf(SGD);
    expect(Math.abs(rounded.loss / exact.loss - 1)).toBeLessThan(1e-3);
    const initial = await network(devices.float32).getWeights();
    rounded.weights.forEach((weights, i) => {
      const from = initial[i].dataSync();
      const way = (values: Float32Array) => values.map((value, j) => value - from[j]);
      const [step, expected] = [way(weights), way(exact.weights[i])];
      if (expected.every((value) => value === 0)) expect(step).toEqual(expected);
      // A pre-activation within rounding of zero may fall on its other side.
      else expect(errorsOf(step, expected).rms).toBeLessThan(0.02);
    });
    // What float16 would round away is kept.
    expect(rounded.weights[0].some((value) => toFloat16(value) !== value)).toBe(true);
  });

  it("learns, without a skipped step", async () => {
    const model = network(devices.float16);
    const optimizer = new SGD({ learningRate: 0.05, momentum: 0.9 });
    model.compile({ optimizer, loss: "binary_crossentropy", metrics: ["acc"] });
    const { history } = await model.fit(x, y, { epochs: 40, batchSize: samples, validationData: [x, y] });
    expect(history.val_loss[39]).toBeLessThan(history.loss[0] / 2);
    const { optimizer: scaled } = model.compilation!;
    expect(scaled).toBeInstanceOf(LossScaleOptimizer);
    const status = await (scaled as LossScaleOptimizer).status();
    expect(status).toEqual({ scale: 2 ** 15, goodSteps: 40, skippedSteps: 0 });
  });
});

describe("predictions", () => {
  const classes = 4;
  const features = uniform(4, [samples, 8]);
  const head = () =>
    new Sequential([new Dense({ units: classes, activation: "softmax", inputDim: 8 })], {
      device: devices.float16,
      seed: 3,
    });

  it("are probabilities in float32", async () => {
    const probabilities = (await head().predict(features)).dataSync();
    expect(probabilities.some((p) => toFloat16(p) !== p)).toBe(true);
    for (let i = 0; i < samples; i++) {
      const row = probabilities.subarray(i * classes, (i + 1) * classes);
      expect(Math.abs(row.reduce((sum, p) => sum + p, 0) - 1)).toBeLessThan(1e-6);
    }
  });

  it("are judged by the loss of their logits, however sure they are", async () => {
    const model = head();
    // Logits of hundreds: their softmax is 0 or 1 in any type, their loss is not infinite.
    const [kernel, bias] = await model.getWeights();
    const sure = (kernel.dataSync() as Float32Array).map((value) => 300 * value);
    await model.setWeights([tensor(sure, kernel.shape), bias]);
    model.compile({ loss: "sparse_categorical_crossentropy" });
    const labels = tensor(
      Float32Array.from({ length: samples }, (_, i) => i % classes),
      [samples, 1],
    );
    const { loss } = await model.evaluate(features, labels);
    expect(loss).toBeGreaterThan(20);
    expect(loss).toBeLessThan(1e4);
  });
});

describe("an adapter", () => {
  const info: AdapterInfo = {
    ...{ vendor: "acme", architecture: "", device: "Acme One", description: "acme: 1.0", software: false },
    ...{ subgroupMinSize: 4, subgroupMaxSize: 4, subgroupMatrixConfigs: [] },
  };

  it("without shader-f16 is refused, with what to do", () => {
    expect(() => expectPrecision("float16", info, new Set(["subgroups"]))).toThrow(
      expect.objectContaining({
        code: "not-supported",
        message: expect.stringMatching(
          /Acme One, acme: 1.0 has no shader-f16.*leave the precision at float32$/,
        ) as string,
      }),
    );
    expect(() => expectPrecision("float32", info, new Set())).not.toThrow();
    expect(() => expectPrecision("float16", info, new Set(["shader-f16"]))).not.toThrow();
  });

  it("of NVIDIA's gets the toggle that it needs, once, and the device names it", () => {
    expect(togglesFor("float32", ["a"])).toEqual(["a"]);
    expect(togglesFor("float16", ["a"])).toEqual(["a", f16Toggle]);
    expect(togglesFor("float16", [f16Toggle])).toEqual([f16Toggle]);
    expect(devices.float16.toggles).toEqual([f16Toggle]);
    expect(devices.float32.toggles).toEqual([]);
  });
});
