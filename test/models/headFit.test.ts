/** The dense head, against fits that Keras 3.15.1 ran (RMSprop, binary cross-entropy, no shuffle, no dropout). */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Dropout } from "../../src/models/layers/regularization/dropout.js";
import { RMSprop } from "../../src/models/optimizers/rmsprop.js";
import { mulberry32 } from "../../src/models/random.js";
import { Sequential } from "../../src/models/sequential.js";
import { sizeOf, tensor, type Tensor } from "../../src/tensor.js";

import { expectWithin, loadGolden } from "../support/golden.js";
import { createTestDevice } from "../support/run.js";

const golden = loadGolden("keras/head");
let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

function draw(seed: number, shape: number[], map: (u: number) => number): Tensor<"float32"> {
  const random = mulberry32(seed);
  return tensor(
    Float32Array.from({ length: sizeOf(shape) }, () => map(random())),
    shape,
  );
}

/** The golden's seeding: weight k of the model is uniform from mulberry32(base + k). */
async function head(inputs: number, units: number, base: number, learningRate: number): Promise<Sequential> {
  const model = new Sequential(
    [
      new Dense({ units, activation: "relu", inputDim: inputs }),
      new Dropout({ rate: 0 }),
      new Dense({ units: 1, activation: "sigmoid" }),
    ],
    { device, seed: 1 },
  );
  const uniform = (limit: number) => (u: number) => (u * 2 - 1) * limit;
  await model.setWeights(
    model.weights.map(({ name, variable }, k) =>
      draw(base + k, [...variable.shape], uniform(name === "bias" ? 0.05 : Math.sqrt(6 / variable.shape[0]))),
    ),
  );
  model.compile({ optimizer: new RMSprop({ learningRate }), loss: "binary_crossentropy", metrics: ["acc"] });
  return model;
}

const within = (got: readonly number[], wanted: unknown, tolerance: number) => {
  expect(got).toHaveLength((wanted as number[]).length);
  got.forEach((v, i) => expect(Math.abs(v - (wanted as number[])[i])).toBeLessThan(tolerance));
};

describe("a head of 64 → 16 → 1", () => {
  const x = golden.tensor("x");
  const y = golden.tensor("y");

  it("predicts as Keras does", async () => {
    const model = await head(64, 16, 500, 1e-3);
    expectWithin(await model.predict(x), golden.tensor("forward"), 1e-5);
  });

  it("fits as Keras does, short last batch and validation included", async () => {
    const model = await head(64, 16, 500, 1e-3);
    const validationData = [x.slice(0, 10), y.slice(0, 10)] as const;
    const { history } = await model.fit(x, y, { epochs: 3, batchSize: 20, shuffle: false, validationData });
    const wanted = golden.json["fit_64_16_lr1e-3_bs20_noshuffle_3epochs_last_batch_10"] as Record<
      string,
      number[]
    >;
    expect(Object.keys(history)).toEqual(["loss", "acc", "val_loss", "val_acc"]);
    for (const key of Object.keys(wanted)) within(history[key], wanted[key], 1e-5);
    const names = ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"];
    const weights = await model.getWeights();
    names.forEach((name, i) => expectWithin(weights[i], golden.tensor(`fit_after/sequential/${name}`), 1e-5));
  });

  it("counts every sample once in evaluate, whatever the batch size", async () => {
    const model = await head(64, 16, 500, 1e-3);
    const whole = await model.evaluate(x, y, { batchSize: 50 });
    const parts = await model.evaluate(x, y, { batchSize: 7 });
    expect(parts.loss).toBeCloseTo(whole.loss, 6);
    expect(parts.acc).toBe(whole.acc);
  });

  it("returns the figures of the batch from trainOnBatch", async () => {
    const model = await head(64, 16, 500, 1e-3);
    const before = await model.evaluate(x, y);
    const [loss, acc] = await model.trainOnBatch(x, y);
    expect(loss).toBeCloseTo(before.loss, 5);
    expect(acc).toBeCloseTo(before.acc, 6);
    expect((await model.evaluate(x, y)).loss).toBeLessThan(before.loss);
  });
});

describe("a head of 8192 → 256 → 1", () => {
  it("fits as Keras does", async () => {
    const model = await head(8192, 256, 600, 2e-5);
    const x = draw(13, [40, 8192], (u) => u * 2);
    const y = draw(14, [40], (u) => (u < 0.5 ? 1 : 0));
    expectWithin(await model.predict(x), golden.tensor("big_forward"), 1e-5);
    const { history } = await model.fit(x, y, { epochs: 3, batchSize: 20, shuffle: false });
    const wanted = golden.json["big_8192_256_lr2e-5_bs20_noshuffle"] as Record<string, number[]>;
    within(history.loss, wanted.loss, 1e-4);
    within(history.acc, wanted.acc, 1e-6);
    expectWithin(await model.predict(x), golden.tensor("big_forward_after"), 1e-4);
  });
});
