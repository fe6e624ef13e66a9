/** VGG16 with seeded weights, against what Keras 3.15.1 computed with the same ones. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { cutAt, VGG16 } from "../../src/models/applications/index.js";
import type { Model } from "../../src/models/model.js";
import { mulberry32 } from "../../src/models/random.js";
import { sizeOf, tensor, type Tensor } from "../../src/tensor.js";
import { expectWithin, loadGolden } from "../support/golden.js";
import { createTestDevice } from "../support/run.js";

const golden = loadGolden("keras/vgg16");
let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

function draw(seed: number, shape: readonly number[], map: (u: number) => number): Tensor<"float32"> {
  const random = mulberry32(seed);
  const values = new Float32Array(sizeOf(shape));
  for (let i = 0; i < values.length; i++) values[i] = map(random());
  return tensor(values, shape);
}

/** The golden's procedure: weight k is drawn from mulberry32(1000 + k), kernels within √(6/fan in), biases within 0.05. */
function seedWeights(model: Model): void {
  model.weights.forEach(({ name, variable: { shape }, variable }, k) => {
    const limit = name === "bias" ? 0.05 : Math.sqrt(6 / sizeOf(shape.slice(0, -1)));
    variable.write(draw(1000 + k, shape, (u) => (u * 2 - 1) * limit).dataSync());
  });
}

interface Statistics {
  shape: number[];
  mean: number;
  l2: number;
}

function expectStatistics(got: Tensor<"float32">, wanted: Statistics, share: number): void {
  const values = got.dataSync();
  expect(got.shape).toEqual(wanted.shape);
  const mean = values.reduce((s, v) => s + v, 0) / values.length;
  const l2 = Math.sqrt(values.reduce((s, v) => s + v * v, 0));
  expect(Math.abs(mean - wanted.mean)).toBeLessThan(share * Math.abs(wanted.mean));
  expect(Math.abs(l2 - wanted.l2)).toBeLessThan(share * wanted.l2);
}

describe("VGG16", () => {
  it("computes the 8,192 features of an image of 150×150, and what leads to them", async () => {
    const base = await VGG16({ weights: null, includeTop: false, inputShape: [150, 150, 3], device });
    seedWeights(base);
    const x = draw(42, [1, 150, 150, 3], (u) => u);
    expectWithin(await base.predict(x), golden.tensor("notop_150_features"), 1e-4);
    const blocks = golden.json["notop_150"] as Record<string, Statistics>;
    for (const name of ["block1_pool", "block3_pool", "block5_conv3"]) {
      expectStatistics(await cutAt(base, name).predict(x), blocks[name], 1e-4);
    }
  });

  it("computes the 1,000 predictions of an image of 224×224", async () => {
    const model = await VGG16({ weights: null, includeTop: true, device });
    seedWeights(model);
    const y = await model.predict(draw(43, [1, 224, 224, 3], (u) => u));
    expectWithin(y, golden.tensor("top_224_predictions"), 1e-4);
    expect(y.dataSync().reduce((s, v) => s + v, 0)).toBeCloseTo(1, 5);
  });
});
