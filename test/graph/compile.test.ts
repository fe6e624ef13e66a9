/** Every specialisation of the kernels that whole networks use compiles and binds, for each kind of adapter. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import type { DeviceCaps } from "../../src/kernels/op.js";
import { MobileNet, VGG16 } from "../../src/models/applications/index.js";
import { Conv2D } from "../../src/models/layers/convolutional/conv2d.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Dropout } from "../../src/models/layers/regularization/dropout.js";
import { GlobalAveragePooling2D } from "../../src/models/layers/pooling/globalAveragePooling2d.js";
import { MaxPooling2D } from "../../src/models/layers/pooling/maxPooling2d.js";
import { Flatten } from "../../src/models/layers/reshaping/flatten.js";
import type { LossName } from "../../src/models/losses.js";
import { Adam } from "../../src/models/optimizers/adam.js";
import type { Optimizer } from "../../src/models/optimizers/optimizer.js";
import { RMSprop } from "../../src/models/optimizers/rmsprop.js";
import { SGD } from "../../src/models/optimizers/sgd.js";
import { Sequential } from "../../src/models/sequential.js";
import { createTestDevice, withCaps } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const adapters: Record<string, Partial<DeviceCaps>> = {
  "a CPU adapter with subgroups": { subgroupSize: 8, software: true },
  // With the subgroups that the adapter has: it compiles no others.
  "a GPU": { software: false },
  "an adapter without subgroups": { subgroupSize: 0, software: false },
};
const image = { dtype: "uint8", preprocess: "tf" } as const;

describe.each(Object.entries(adapters))("on %s", (_, caps) => {
  it.each([
    ["VGG16", VGG16],
    ["MobileNet", MobileNet],
  ])("%s compiles, with and without its top", async (_, build) => {
    const on = withCaps(device, caps);
    for (const includeTop of [false, true]) {
      const size = includeTop ? 224 : 64;
      const options = { weights: null, includeTop, inputShape: [size, size, 3] };
      const model = await build({ ...options, device: on });
      const programs = await model.ready();
      const program = await programs.predict(1, { shape: model.inputShape, ...image });
      expect(program.dispatches.length).toBeGreaterThan(10);
      await programs.destroy();
      for (const { variable } of model.weights) variable.release();
    }
  });

  const optimizers: [string, () => Optimizer][] = [
    ["RMSprop", () => new RMSprop()],
    ["centered RMSprop with momentum", () => new RMSprop({ centered: true, momentum: 0.9, clipnorm: 1 })],
    ["SGD", () => new SGD({ clipvalue: 1 })],
    ["SGD with Nesterov's momentum", () => new SGD({ momentum: 0.9, nesterov: true })],
    ["Adam", () => new Adam()],
  ];
  it.each(optimizers)("training with %s compiles, every loss", async (_, optimizer) => {
    const losses: [LossName, number][] = [
      ["binary_crossentropy", 1],
      ["categorical_crossentropy", 3],
      ["sparse_categorical_crossentropy", 3],
    ];
    for (const [loss, units] of losses) {
      const model = new Sequential(
        [
          new Conv2D({
            filters: 5,
            kernelSize: 3,
            strides: 2,
            padding: "same",
            activation: "relu",
            inputShape: [9, 9, 3],
          }),
          new MaxPooling2D(),
          new Conv2D({ filters: 8, kernelSize: 1, activation: "relu6" }),
          ...(units === 1 ? [new Flatten()] : [new GlobalAveragePooling2D()]),
          new Dropout({ rate: 0.5 }),
          new Dense({ units, activation: units === 1 ? "sigmoid" : "softmax" }),
        ],
        { device: withCaps(device, caps), seed: 1 },
      );
      model.compile({ optimizer: optimizer(), loss, metrics: ["acc"] });
      const programs = await model.ready();
      const program = await programs.train(3, { shape: [9, 9, 3], ...image });
      expect(program.variables.length).toBeGreaterThan(6);
      await programs.destroy();
    }
  });
});
