/** Layers that do something else in training. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import * as layers from "../../src/models/layers/index.js";
import type { Layer } from "../../src/models/layers/layer.js";
import { tensor } from "../../src/tensor.js";
import { uniform } from "../reference/random.js";
import { expectClose } from "../support/expectClose.js";
import { runLayer } from "../support/runLayer.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const x = uniform(1, [4, 6, 5, 8], 1, 2);
const values = x.dataSync();
const train = (layer: Layer, step = 1) => runLayer(device, layer, [x], { training: true, step });

const random: Layer[] = [
  new layers.Dropout({ rate: 0.5, noiseShape: [null, 1, 1, 1] }),
  new layers.SpatialDropout2D({ rate: 0.5 }),
  new layers.GaussianNoise({ stddev: 0.5 }),
  new layers.GaussianDropout({ rate: 0.5 }),
  new layers.AlphaDropout({ rate: 0.5 }),
  new layers.RandomFlip(),
  new layers.RandomRotation({ factor: 0.25 }),
  new layers.RandomZoom({ heightFactor: 0.5 }),
  new layers.RandomTranslation({ heightFactor: 0.5, widthFactor: 0.5 }),
];

it.each(random.map((layer) => [layer.className, layer] as const))(
  "%s leaves its input alone in prediction, and changes it in training, the same for a step",
  async (_, layer) => {
    expect((await runLayer(device, layer, [x])).y).toEqual(values);
    const { y } = await train(layer);
    expect(y).not.toEqual(values);
    expect((await train(layer)).y).toEqual(y);
    expect((await train(layer, 2)).y).not.toEqual(y);
  },
);

/** Sets of the factors y / x by sample, by channel of a sample, or all. */
const factors = (y: Float32Array) => Array.from(y, (value, i) => value / values[i]);
const [sample, channels] = [6 * 5 * 8, 8];

it("Dropout with a noise shape drops whole samples", async () => {
  const all = factors((await train(new layers.Dropout({ rate: 0.5, noiseShape: [null, 1, 1, 1] }))).y);
  for (let n = 0; n < 4; n++) {
    const own = all.slice(n * sample, (n + 1) * sample);
    expect([0, 2]).toContain(Math.round(own[0]));
    expectClose(own, new Array<number>(sample).fill(own[0]));
  }
});

it("SpatialDropout2D drops whole channels, and scales the rest", async () => {
  const { y, gradients } = await runLayer(device, new layers.SpatialDropout2D({ rate: 0.5 }), [x], {
    training: true,
    dy: tensor(new Float32Array(values.length).fill(1), x.shape),
  });
  const all = factors(y);
  const first = all.filter((_, i) => i % sample < channels);
  expect(new Set(first.map(Math.round))).toEqual(new Set([0, 2]));
  all.forEach((factor, i) => {
    expect(factor).toBeCloseTo(first[Math.floor(i / sample) * channels + (i % channels)], 5);
  });
  expectClose(gradients[0], all);
});

it("AlphaDropout sets what it drops to what selu approaches, as Keras scales it", async () => {
  const { y } = await train(new layers.AlphaDropout({ rate: 0.25 }));
  const dropped = -1.6732632423543772 * 1.0507009873554805;
  const a = (0.75 * (1 + 0.25 * dropped ** 2)) ** -0.5;
  const b = -a * dropped * 0.25;
  const kept = Array.from(y, (value, i) => Math.abs(value - (a * values[i] + b)) < 1e-5);
  y.forEach((value, i) => {
    if (!kept[i]) expect(value).toBeCloseTo(a * dropped + b, 5);
  });
  const share = kept.filter((k) => !k).length / kept.length;
  expect(Math.abs(share - 0.25)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / kept.length));
});

it("RandomFlip mirrors each image, or does not", async () => {
  const { y } = await train(new layers.RandomFlip({ mode: "horizontal" }));
  for (let n = 0; n < 4; n++) {
    const own = y.subarray(n * sample, (n + 1) * sample);
    const plain = values.subarray(n * sample, (n + 1) * sample);
    const mirrored = plain.map((_, i) => {
      const [row, column, channel] = [Math.floor(i / 40), Math.floor(i / 8) % 5, i % 8];
      return plain[(row * 5 + 4 - column) * 8 + channel];
    });
    expect([plain, mirrored]).toContainEqual(own);
  }
});

describe("what is not done in training", () => {
  it.each([
    new layers.RandomContrast({ factor: 0.5 }),
    new layers.RandomBrightness({ factor: 0.5 }),
    new layers.RandomCrop({ height: 6, width: 5 }),
  ])("$className is an error there that says so, and no more in prediction", async (layer) => {
    await expect(train(layer)).rejects.toThrow(/does not augment in training/);
    expect((await runLayer(device, layer, [x])).y).toEqual(values);
  });
});
