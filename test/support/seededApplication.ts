/** The networks of test/golden/applicationFeatures.json on the seeded weights that its notes describe. */
import type { Device } from "../../src/kernels/gpu/device.js";
import { applications, type ApplicationName } from "../../src/models/applications/index.js";
import type { Model } from "../../src/models/model.js";
import { mulberry32 } from "../../src/models/random.js";
import { sizeOf, tensor, type Tensor } from "../../src/tensor.js";
import golden from "../golden/applicationFeatures.json" with { type: "json" };

export const seededApplications = golden.applications;
export type SeededApplication = (typeof seededApplications)[number];

/** Values between −limit and limit. */
export function uniform(seed: number, count: number, limit: number): Float32Array {
  const random = mulberry32(seed);
  const values = new Float32Array(count);
  // Float32Array.from takes ten times as long, and these are twenty millions.
  for (let i = 0; i < count; i++) values[i] = (random() * 2 - 1) * limit;
  return values;
}

/** @param kind the fan-in of a kernel, or what else a weight is */
function valuesOf(kind: string | number, seed: number, count: number, gain: number): Float32Array {
  if (kind === "small") return uniform(seed, count, 0.05);
  if (kind === "gamma") return uniform(seed, count, 0.2).map((v) => 1 + v);
  if (kind === "var") return uniform(seed, count, 0.5).map((v) => 1 + v);
  return uniform(seed, count, gain * Math.sqrt(6 / Number(kind)));
}

/** The base with the mean of its feature maps as output. */
export function seededBase(keras: SeededApplication, device: Device): Model {
  const base = applications[keras.name.toLowerCase() as ApplicationName].build({
    includeTop: false,
    inputShape: keras.input_shape,
    pooling: "avg",
    device,
  });
  for (const [k, { variable }] of base.weights.entries()) {
    // Statistics of a normalization keep Keras's first values.
    if (keras.weights[k] === "keep") continue;
    variable.write(valuesOf(keras.weights[k], keras.base + k, sizeOf(variable.shape), keras.gain));
  }
  return base;
}

/** Two images. */
export function seededImages({
  input_range: [low, high],
  input_shape,
  input_seed,
}: SeededApplication): Tensor {
  const shape = [2, ...input_shape];
  const random = mulberry32(input_seed);
  return tensor(
    Float32Array.from({ length: sizeOf(shape) }, () => low + (high - low) * random()),
    shape,
  );
}
