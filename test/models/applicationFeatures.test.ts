/**
 * Features of whole networks on seeded weights, against real Keras: see the notes in test/golden/applicationFeatures.json,
 * an extract of what test/golden/make_apps.py writes.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { applications, type ApplicationName } from "../../src/models/applications/index.js";
import { mulberry32 } from "../../src/models/random.js";
import { sizeOf, tensor } from "../../src/tensor.js";
import golden from "../golden/applicationFeatures.json" with { type: "json" };
import { expectWithin } from "../support/golden.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

function uniform(seed: number, count: number, limit: number): Float32Array {
  const random = mulberry32(seed);
  return Float32Array.from({ length: count }, () => (random() * 2 - 1) * limit);
}

/** @param kind the fan-in of a kernel, or what else a weight is */
function valuesOf(kind: string | number, seed: number, count: number, gain: number): Float32Array {
  if (kind === "small") return uniform(seed, count, 0.05);
  if (kind === "gamma") return uniform(seed, count, 0.2).map((v) => 1 + v);
  if (kind === "var") return uniform(seed, count, 0.5).map((v) => 1 + v);
  return uniform(seed, count, gain * Math.sqrt(6 / Number(kind)));
}

it.each(golden.applications)("$name computes the features that Keras does", async (keras) => {
  const application = applications[keras.name.toLowerCase() as ApplicationName];
  const model = application.build({
    includeTop: false,
    inputShape: keras.input_shape,
    pooling: "avg",
    device,
  });
  const shapes = model.weights.map(({ variable }) => variable.shape);
  expect(shapes).toEqual(keras.shapes);
  for (const [k, { variable }] of model.weights.entries())
    variable.write(valuesOf(keras.weights[k], keras.base + k, sizeOf(variable.shape), keras.gain));
  const [low, high] = keras.input_range;
  const shape = [2, ...keras.input_shape];
  const random = mulberry32(keras.input_seed);
  const images = Float32Array.from({ length: sizeOf(shape) }, () => low + (high - low) * random());
  const features = await model.predict(tensor(images, shape));
  expectWithin(features, tensor(keras.features.flat(), keras.features_shape), 1e-5);
});
