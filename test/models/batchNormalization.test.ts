/** Batch normalization in a model: a batch of one sample, float16, and what a base in inference mode trains. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { Activation } from "../../src/models/layers/activations/activation.js";
import { Conv2D } from "../../src/models/layers/convolutional/conv2d.js";
import { DepthwiseConv2D } from "../../src/models/layers/convolutional/depthwiseConv2d.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Input } from "../../src/models/layers/core/inputLayer.js";
import { Add } from "../../src/models/layers/merging/add.js";
import { BatchNormalization } from "../../src/models/layers/normalization/batchNormalization.js";
import { GlobalAveragePooling2D } from "../../src/models/layers/pooling/globalAveragePooling2d.js";
import { Model } from "../../src/models/model.js";
import { SGD } from "../../src/models/optimizers/sgd.js";
import { Sequential } from "../../src/models/sequential.js";
import { tensor, type FloatType } from "../../src/tensor.js";
import { uniform } from "../reference/random.js";
import { expectClose } from "../support/expectClose.js";
import { createTestDevice } from "../support/run.js";

let devices: Record<FloatType, Device>;
beforeAll(async () => {
  devices = { float32: await createTestDevice(), float16: await createTestDevice({ precision: "float16" }) };
});
afterAll(() => {
  for (const device of Object.values(devices)) device.destroy();
});

const valuesOf = async (model: Model) =>
  (await model.getWeights()).map((weight) => weight.dataSync() as Float32Array);

describe("a batch of one sample", () => {
  it("is normalized to beta where each channel has one value, and passes no gradient on", async () => {
    const device = devices.float32;
    const norm = new BatchNormalization();
    const layers = [
      new Dense({ units: 4, inputDim: 3 }),
      norm,
      new Dense({ units: 1, activation: "sigmoid" }),
    ];
    const model = new Sequential(layers, { device, seed: 1 });
    const beta = tensor([0.5, -1, 2, 0.25]);
    const [gamma, , mean, variance] = await norm.getWeights();
    await norm.setWeights([gamma, beta, mean, variance]);
    const [kernel, bias, , , , , headKernel] = await valuesOf(model);
    model.compile({ optimizer: new SGD({ learningRate: 0.1 }), loss: "binary_crossentropy" });
    const x = [0.5, -1, 2];
    const [loss] = await model.trainOnBatch(tensor(x, [1, 3]), tensor([1], [1, 1]));

    const logit = [...beta.dataSync()].reduce((sum, b, i) => sum + b * headKernel[i], 0);
    expect(loss).toBeCloseTo(Math.log(1 + Math.exp(-logit)), 5);
    const after = await valuesOf(model);
    // The variance is 0 and x minus its mean is 0: nothing of the gradient is left.
    expectClose(after[0], kernel, { absolute: 1e-6 });
    expectClose(after[1], bias, { absolute: 1e-6 });
    const means = bias.map((b, j) => 0.01 * x.reduce((sum, value, i) => sum + value * kernel[4 * i + j], b));
    expectClose(after[4], means, { absolute: 1e-7 });
    expectClose(after[5], Float32Array.of(0.99, 0.99, 0.99, 0.99), { absolute: 1e-7 });
    // d loss / d beta = (p - 1) · kernel of the head
    const error = 1 / (1 + Math.exp(-logit)) - 1;
    const moved = headKernel.map((k, i) => beta.dataSync()[i] - 0.1 * error * k);
    expectClose(after[3], moved, { absolute: 1e-6 });
  });
});

/** Convolutions of both kinds with normalizations that train, and a shortcut. */
function network(device: Device): Model {
  const image = Input({ shape: [8, 8, 4] });
  const conv = new Conv2D({ filters: 8, kernelSize: 3, padding: "same", useBias: false });
  const first = new Activation({ activation: "relu" }).apply(
    new BatchNormalization().apply(conv.apply(image)),
  );
  const depthwise = new DepthwiseConv2D({ kernelSize: 3, padding: "same", useBias: false });
  const second = new BatchNormalization().apply(depthwise.apply(first));
  const sum = new Activation({ activation: "relu" }).apply(new Add().apply(first, second));
  const head = new Dense({ units: 1, activation: "sigmoid" });
  return new Model({
    inputs: image,
    outputs: head.apply(new GlobalAveragePooling2D().apply(sum)),
    device,
    seed: 3,
  });
}

describe("float16", () => {
  const samples = 12;
  const x = uniform(2, [samples, 8, 8, 4]);
  const y = tensor(
    Float32Array.from({ length: samples }, (_, i) => i % 2),
    [samples, 1],
  );

  it("trains and predicts as float32 does, but for the rounding of activations", async () => {
    const stepped = async (device: Device) => {
      const model = network(device);
      model.compile({ optimizer: new SGD({ learningRate: 0.05 }), loss: "binary_crossentropy" });
      const before = await valuesOf(model);
      const [loss] = await model.trainOnBatch(x, y);
      const steps = (await valuesOf(model)).map((weight, i) =>
        weight.map((value, j) => value - before[i][j]),
      );
      return { loss, steps, prediction: (await model.predict(x)).dataSync() };
    };
    const [rounded, exact] = [await stepped(devices.float16), await stepped(devices.float32)];
    expect(Math.abs(rounded.loss / exact.loss - 1)).toBeLessThan(1e-3);
    expectClose(rounded.prediction, exact.prediction, { relative: 2e-3, absolute: 2e-3 });
    rounded.steps.forEach((step, i) => {
      const [error, size] = [step.map((value, j) => value - exact.steps[i][j]), exact.steps[i]];
      expect(Math.hypot(...size)).toBeGreaterThan(0);
      expect(Math.hypot(...error) / Math.hypot(...size)).toBeLessThan(0.02);
    });
  });
});

it("a base that was called with training: false trains its gammas and betas by the moving statistics", async () => {
  const device = devices.float32;
  const build = async (training: false | undefined) => {
    const base = new Sequential(
      [
        new Conv2D({ filters: 4, kernelSize: 3, useBias: false, inputShape: [6, 6, 3] }),
        new BatchNormalization({ name: "norm" }),
        new GlobalAveragePooling2D(),
      ],
      { device, seed: 1 },
    );
    const image = Input({ shape: [6, 6, 3] });
    const features = base.apply(image, training === false ? { training } : {});
    const model = new Model({
      inputs: image,
      outputs: new Dense({ units: 1, activation: "sigmoid" }).apply(features),
      device,
      seed: 2,
    });
    model.compile({ optimizer: new SGD({ learningRate: 0.1 }), loss: "binary_crossentropy" });
    const [x, y] = [uniform(5, [4, 6, 6, 3]), tensor([0, 1, 1, 0], [4, 1])];
    const { loss } = await model.evaluate(x, y);
    const [lossOfStep] = await model.trainOnBatch(x, y);
    const weights = await base.getLayer("norm").getWeights();
    return { loss, lossOfStep, weights: weights.map((weight) => [...weight.dataSync()]) };
  };
  const [inference, trained] = [await build(false), await build(undefined)];
  expect(inference.lossOfStep).toBeCloseTo(inference.loss, 6);
  expect(trained.lossOfStep).not.toBeCloseTo(trained.loss, 3);
  const [gamma, beta, mean, variance] = inference.weights;
  for (const value of gamma) expect(value).not.toBe(1);
  for (const value of beta) expect(value).not.toBe(0);
  expect([mean, variance]).toEqual([
    [0, 0, 0, 0],
    [1, 1, 1, 1],
  ]);
  expect(trained.weights[2]).not.toEqual(mean);
});
