/**
 * Features and training steps of whole networks on seeded weights, against real Keras: see the notes in
 * test/golden/applicationFeatures.json and applicationSteps.json, extracts of what test/golden/make_apps.py writes.
 *
 * Keras computed each step in float32 and in float64. Ours may be a few times as far from the float64 figures as Keras's float32
 * is. That is a lot in places: normalization over two images amplifies rounding from layer to layer.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Dropout } from "../../src/models/layers/regularization/dropout.js";
import { Model } from "../../src/models/model.js";
import { SGD } from "../../src/models/optimizers/sgd.js";
import { tensor, type Tensor, type TensorData } from "../../src/tensor.js";
import golden from "../golden/applicationSteps.json" with { type: "json" };
import { expectWithin } from "../support/golden.js";
import { createTestDevice } from "../support/run.js";
import { seededApplications, seededBase, seededImages, uniform } from "../support/seededApplication.js";

/** How many times as far as Keras's float32. */
const factor = 6;

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const labels = tensor([1, 0, 0, 0, 0, 1], [2, 3]);
const values = (t: Tensor) => [...(t.dataSync() as Float32Array)];

/** The largest absolute value. */
const largest = (numbers: readonly number[]) => Math.max(...numbers.map(Math.abs));
const differences = (a: readonly number[], b: readonly number[]) => a.map((value, i) => value - b[i]);

/** Asserts that figures are near the float64 ones, as far as float32 allows. */
function expectNear(
  what: string,
  actual: readonly number[],
  float32: readonly number[],
  float64: readonly number[],
) {
  expect(actual, what).toHaveLength(float64.length);
  const allowed = factor * largest(differences(float32, float64)) + 1e-6 * largest(float64);
  expect(largest(differences(actual, float64)), what).toBeLessThanOrEqual(allowed);
}

/** A figure of a golden step, which may be a single number. */
function figureOf(step: object, what: string): number[] {
  return [(step as Record<string, number | number[]>)[what]].flat();
}

function length(numbers: TensorData): number {
  let sum = 0;
  for (const value of numbers) sum += value * value;
  return Math.sqrt(sum);
}

/** Errors of lengths, as shares of the right ones. */
const relative = (lengths: readonly number[], right: readonly number[]) =>
  lengths.map((length, i) => Math.abs(length - right[i]) / (right[i] || 1));

const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

describe.each(golden.applications)("$name", ({ name, head_gain, frozenBase, allTrainable }) => {
  const keras = seededApplications.find((application) => application.name === name)!;
  const images = seededImages(keras);
  let base: Model;
  let model: Model;
  let head: Dense;
  beforeAll(() => {
    base = seededBase(keras, device);
    for (const layer of base.layers) if (layer instanceof Dropout) layer.rate = 0;
    head = new Dense({ units: 3, activation: "softmax", name: "head" });
    model = new Model({ inputs: base.inputs, outputs: head.apply(base.outputs[0]), device });
  });

  /** One step from the seeded weights, and the figures before and after it. */
  async function step(learningRate: number) {
    const [features] = base.outputShape;
    await head.setWeights([
      tensor(uniform(keras.base + 999, 3 * features, head_gain * Math.sqrt(6 / features)), [features, 3]),
      tensor(uniform(keras.base + 1000, 3, 0.05), [3]),
    ]);
    // Momentum changes nothing yet in a first step, and stores the gradient times the rate.
    const optimizer = new SGD({ learningRate, momentum: 0.9 });
    model.compile({ optimizer, loss: "categorical_crossentropy" });
    const predictBefore = values(await model.predict(images));
    const [lossOfStep] = await model.trainOnBatch(images, labels);
    const predictAfter = values(await model.predict(images));
    const [headKernel, headBias] = (await head.getWeights()).map((weight) => values(weight).slice(0, 4));
    return {
      optimizer,
      figures: { predictBefore, lossOfStep: [lossOfStep], predictAfter, headKernel, headBias },
    };
  }

  /** The first values of a weight of the base. */
  async function expectWeight(
    layer: string,
    weight: string,
    float32: readonly number[],
    float64: readonly number[],
  ) {
    const { variable } = base.getLayer(layer).weights.find(({ name }) => name === weight)!;
    const actual = Array.from(await variable.read()).slice(0, float64.length);
    expectNear(`${layer} ${weight}`, actual, float32, float64);
  }

  it("computes the features that Keras does", async () => {
    expect(base.weights.map(({ variable }) => variable.shape)).toEqual(keras.shapes);
    expectWithin(await base.predict(images), tensor(keras.features.flat(), keras.features_shape), 1e-5);
  });

  it("takes Keras's step with the base frozen", async () => {
    const { learningRate, float32, float64 } = frozenBase;
    base.trainable = false;
    const { figures } = await step(learningRate);
    for (const [what, figure] of Object.entries(figures))
      expectNear(what, figure, figureOf(float32, what), figureOf(float64, what));
  });

  it("takes Keras's step with all trainable", async () => {
    const { learningRate, float32, float64 } = allTrainable;
    base.trainable = true;
    const { figures, optimizer } = await step(learningRate);
    for (const [what, figure] of Object.entries(figures))
      expectNear(what, figure, figureOf(float32, what), figureOf(float64, what));

    const lengths: number[] = [];
    for (const { variable } of model.trainableWeights) {
      const [velocity] = optimizer.state(variable);
      lengths.push(length(await velocity.variable.read()) / learningRate);
    }
    expect(lengths).toHaveLength(float64.gradientLengths.length);
    const errors = relative(lengths, float64.gradientLengths);
    const errorsOfKeras = relative(float32.gradientLengths, float64.gradientLengths);
    // The lengths were printed with six digits.
    expect(median(errors)).toBeLessThanOrEqual(factor * median(errorsOfKeras) + 5e-6);
    expect(largest(errors)).toBeLessThanOrEqual(factor * largest(errorsOfKeras) + 5e-6);

    for (const [i, normalization] of float64.normalizations.entries()) {
      for (const weight of ["moving_mean", "moving_variance", "beta"] as const)
        await expectWeight(
          normalization.name,
          weight,
          float32.normalizations[i][weight],
          normalization[weight],
        );
    }
    for (const [i, { layer, weight, first4 }] of float64.kernels.entries())
      await expectWeight(layer, weight, float32.kernels[i].first4, first4);
  });
});
