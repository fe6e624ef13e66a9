/** What a plan says a program takes, and what the device then really holds. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { Conv2D } from "../../src/models/layers/convolutional/conv2d.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Dropout } from "../../src/models/layers/regularization/dropout.js";
import { MaxPooling2D } from "../../src/models/layers/pooling/maxPooling2d.js";
import { Flatten } from "../../src/models/layers/reshaping/flatten.js";
import { Adam } from "../../src/models/optimizers/adam.js";
import { RMSprop } from "../../src/models/optimizers/rmsprop.js";
import type { Optimizer } from "../../src/models/optimizers/optimizer.js";
import { Sequential } from "../../src/models/sequential.js";
import { ringCapacity, type Mode } from "../../src/models/training/programs.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

/** The bytes of all buffers that are made while `body` runs, less those that it destroys. */
async function bytesMade(body: () => Promise<unknown>): Promise<number> {
  const { gpu } = device;
  const real = gpu.createBuffer.bind(gpu);
  let bytes = 0;
  gpu.createBuffer = (descriptor) => {
    const buffer = real(descriptor);
    bytes += buffer.size;
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      bytes -= buffer.size;
      return destroy();
    };
    return buffer;
  };
  try {
    await body();
  } finally {
    gpu.createBuffer = real;
  }
  return bytes;
}

function imageModel(optimizer: Optimizer): Sequential {
  const model = new Sequential(
    [
      new Conv2D({ filters: 5, kernelSize: 3, padding: "same", activation: "relu", inputShape: [9, 7, 3] }),
      new MaxPooling2D(),
      new Flatten(),
      new Dropout({ rate: 0.5 }),
      new Dense({ units: 1, activation: "sigmoid" }),
    ],
    { device, seed: 1 },
  );
  model.compile({ optimizer, loss: "binary_crossentropy", metrics: ["acc"] });
  return model;
}

const images = { shape: [9, 7, 3], dtype: "uint8", preprocess: "rescale" } as const;

describe("the memory of a program", () => {
  it.each<Mode>(["predict", "test", "train"])("is planned to the byte: %s", async (mode) => {
    const programs = await imageModel(new Adam()).ready();
    const planned = programs.plan(mode, 3, images).memory;
    const made = await bytesMade(() => programs[mode](3, images));
    expect(made).toBe(planned.total);
    const program = await programs[mode](3, images);
    expect(program.memory).toEqual(planned);
    await programs.destroy();
  });

  it("counts what is on the device already: weights are shared, slots and the ring come with training", async () => {
    const programs = await imageModel(new RMSprop({ momentum: 0.9 })).ready();
    const [predict, train] = (["predict", "train"] as const).map(
      (mode) => programs.plan(mode, 3, images).memory,
    );
    const weights = 4 * (3 * 3 * 3 * 5 + 5 + 4 * 3 * 5 + 1);
    expect(predict.variables).toBe(weights);
    // Two slots a weight; loss and acc of each step in the ring.
    expect(train.variables).toBe(3 * weights + 4 * 2 * ringCapacity);
    // x as bytes, 567 of them, in whole words; labels; step; hyper.
    expect(train.inputs).toBe(568 + 4 * 3 + 4 + 16);
    expect(await bytesMade(() => programs.predict(3, images))).toBe(predict.total);
    expect(await bytesMade(() => programs.train(3, images))).toBe(train.total - weights);
    await programs.destroy();
  });

  it("is that of a small model by hand, and says where the most is alive", async () => {
    const model = new Sequential(
      [
        new Dense({ units: 5, activation: "relu", inputDim: 4, name: "hidden" }),
        new Dense({ units: 1, name: "out" }),
      ],
      { device, seed: 1 },
    );
    const programs = await model.ready();
    const { memory } = programs.plan("predict", 7, { shape: [4], dtype: "float32" });
    expect(memory).toMatchObject({
      variables: 4 * (4 * 5 + 5 + 5 + 1),
      inputs: 4 * 7 * 4,
      total: memory.variables + memory.inputs + memory.params + memory.intermediates,
    });
    // Both products are too small to be split, so there is no scratch: the hidden layer and the output.
    expect(memory.intermediates).toBe(4 * 7 * 5 + 4 * 7);
    expect(memory.peak).toEqual({ op: "mat_mul", layer: "out", bytes: memory.intermediates });
  });

  it("says where the plan is", async () => {
    const programs = await imageModel(new RMSprop()).ready();
    const program = await programs.train(2, images);
    expect(program.toString()).toMatch(/^\d+ dispatches; \d+\.\d KiB: variables .*, the most at .*\n/);
    await programs.destroy();
  });
});
