/** Models that begin by bringing images to one size: one program serves images of every size, and gives what Keras does. */
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  CenterCrop,
  Concatenate,
  Conv2D,
  Dense,
  Flatten,
  GlobalAveragePooling2D,
  Identity,
  Input,
  Model,
  Normalization,
  RandomCrop,
  RandomFlip,
  Rescaling,
  Resizing,
  tensor,
  type Layer,
} from "../../src/index.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const sizes = [
  [8, 8],
  [5, 11],
  [13, 4],
  [30, 21],
  [6, 7],
  [2, 3],
] as const;

function samples(n: number, height: number, width: number, channels = 3) {
  const values = Float32Array.from(
    { length: n * height * width * channels },
    (_, i) => 127 + 100 * Math.sin(i),
  );
  return tensor(values, [n, height, width, channels]);
}

/** Layers before a small network, in a model of open or of fixed size. */
function modelOf(before: () => readonly Layer[], shape: readonly (number | null)[]): Model {
  const image = Input({ shape });
  const [resized, conv] = [before(), new Conv2D({ filters: 2, kernelSize: 3, activation: "relu" })];
  const output = [...resized, conv, new Flatten(), new Dense({ units: 1, activation: "sigmoid" })].reduce(
    (x, layer) => layer.apply(x),
    image,
  );
  const model = new Model({ inputs: image, outputs: output, device, seed: 7 });
  model.compile({ optimizer: "sgd", loss: "binary_crossentropy", metrics: ["acc"] });
  return model;
}

async function programsOf(model: Model): Promise<number> {
  return ((await model.ready()) as unknown as { cache: { size: number } }).cache.size;
}

const rescaling = () => new Rescaling({ scale: 1 / 127.5, offset: -1 });
const beginnings: Record<string, () => readonly Layer[]> = {
  Resizing: () => [new Resizing({ height: 6, width: 7 }), rescaling()],
  "Resizing after Rescaling": () => [rescaling(), new Resizing({ height: 6, width: 7 })],
  "Resizing after Normalization": () => [
    new Normalization({ mean: [100, 120, 140], variance: [2000, 3000, 4000] }),
    new Resizing({ height: 5, width: 5, interpolation: "bicubic" }),
  ],
  "Resizing that cuts": () => [new Resizing({ height: 6, width: 9, cropToAspectRatio: true }), rescaling()],
  "Resizing that pads": () => [
    new Identity(),
    new Resizing({ height: 6, width: 9, padToAspectRatio: true, fillValue: 90 }),
    rescaling(),
  ],
  "Resizing with antialias": () => [new Resizing({ height: 4, width: 4, antialias: true }), rescaling()],
  "Resizing to the nearest pixel": () => [
    new Resizing({ height: 6, width: 7, interpolation: "nearest" }),
    rescaling(),
  ],
  CenterCrop: () => [new CenterCrop({ height: 6, width: 5 }), rescaling()],
  "RandomFlip and CenterCrop": () => [rescaling(), new RandomFlip(), new CenterCrop({ height: 6, width: 5 })],
  "an inner model that resizes": () => {
    const image = Input({ shape: [null, null, 3] });
    const resized = new Resizing({ height: 6, width: 7 }).apply(rescaling().apply(image));
    return [new Model({ inputs: image, outputs: resized, device })];
  },
  RandomCrop: () => [new RandomCrop({ height: 5, width: 5 }), rescaling()],
};

const others = Object.entries(beginnings);

it.each(others)("%s: one program, the numbers of a model of that size", async (_, before) => {
  const open = modelOf(before, [null, null, 3]);
  const given = sizes.map(([height, width]) => samples(2, height, width));
  const predicted: Float32Array[] = [];
  await open.predict(given[0]);
  const pipelines = device.pipelines.size;
  for (const x of given) predicted.push((await open.predict(x)).dataSync());
  expect(await programsOf(open)).toBe(1);
  expect(device.pipelines.size).toBe(pipelines);
  for (const [i, x] of given.entries()) {
    const fixed = await modelOf(before, x.shape.slice(1)).predict(x);
    for (const [k, value] of fixed.dataSync().entries()) expect(predicted[i][k]).toBeCloseTo(value, 5);
  }
});

it("makes another program of more images than the first has room for, and only then", async () => {
  const open = modelOf(beginnings.Resizing, [null, null, 3]);
  for (const [height, width] of [
    [9, 9],
    [1000, 1200],
    [40, 30],
    [1500, 1000],
  ])
    await open.predict(samples(1, height, width));
  expect(await programsOf(open)).toBe(2);
});

it("trains and evaluates with one program each on every size, as models of that size do", async () => {
  const open = modelOf(beginnings["Resizing after Rescaling"], [null, null, 3]);
  const weights = await open.getWeights();
  const y = tensor(Float32Array.from([0, 1, 1, 0]), [4, 1]);
  for (const [height, width] of sizes) {
    const x = samples(4, height, width);
    const fixed = modelOf(beginnings["Resizing after Rescaling"], [height, width, 3]);
    const losses: (number | undefined)[][] = [];
    for (const model of [open, fixed]) {
      await model.setWeights(weights);
      const { history } = await model.fit(x, y, { batchSize: 4, epochs: 2, shuffle: false });
      const { loss, acc } = await model.evaluate(x, y);
      losses.push([...history.loss, loss, acc]);
    }
    for (const [i, loss] of losses[0].entries()) expect(loss).toBeCloseTo(losses[1][i]!, 5);
  }
  expect(await programsOf(open)).toBe(2);
});

it("moves images at their own size where a random layer comes before", async () => {
  const open = modelOf(() => [new RandomFlip(), new Resizing({ height: 4, width: 4 })], [null, null, 3]);
  const y = tensor(Float32Array.from([0, 1]), [2, 1]);
  for (const [height, width] of sizes.slice(0, 3)) await open.fit(samples(2, height, width), y);
  expect(await programsOf(open)).toBe(3);
});

it("has one program for pixels of every size, preprocessed or not", async () => {
  const open = modelOf(beginnings.Resizing, [null, null, 3]);
  for (const [height, width] of sizes) {
    const x = samples(2, height, width);
    const bytes = tensor(Uint8Array.from(x.dataSync()), x.shape);
    const floats = tensor(Float32Array.from(bytes.dataSync()), x.shape);
    const [y, same] = [await open.predict(bytes), await open.predict(floats)];
    for (const [i, value] of same.dataSync().entries()) expect(y.dataSync()[i]).toBeCloseTo(value, 6);
    const caffe = await open.predict(bytes, { preprocess: "caffe" });
    const bgr = Float32Array.from(floats.dataSync(), (_, i) => {
      const channel = i % 3;
      return floats.dataSync()[i - channel + 2 - channel] - [103.939, 116.779, 123.68][channel];
    });
    const expected = (await open.predict(tensor(bgr, x.shape))).dataSync();
    for (const [i, value] of expected.entries()) expect(caffe.dataSync()[i]).toBeCloseTo(value, 5);
  }
  expect(await programsOf(open)).toBe(3);
});

it.each([
  ["of any size", [null, null, 3]],
  ["of one size", [5, 7, 3]],
] as const)(
  "cuts values for an input of uint8 %s to whole numbers, and rounds what it resizes",
  async (_, shape) => {
    const image = Input({ shape, dtype: "uint8" });
    const resized = new Resizing({ height: 3, width: 9 }).apply(image);
    const model = new Model({ inputs: image, outputs: resized, device });
    const x = samples(2, 5, 7);
    const bytes = tensor(Float32Array.from(x.dataSync(), Math.trunc), x.shape);
    const floats = Input({ shape: [5, 7, 3] });
    const exact = new Model({
      inputs: floats,
      outputs: new Resizing({ height: 3, width: 9 }).apply(floats),
      device,
    });
    const expected = (await exact.predict(bytes)).dataSync();
    for (const given of [x, bytes, tensor(Uint8Array.from(bytes.dataSync()), x.shape)]) {
      const y = (await model.predict(given)).dataSync();
      expect(y.every(Number.isInteger)).toBe(true);
      for (const [i, value] of expected.entries()) expect(Math.abs(y[i] - value)).toBeLessThanOrEqual(0.5001);
    }
    const whole = new Model({ inputs: image, outputs: new Identity().apply(image), device });
    expect([...(await whole.predict(x)).dataSync()]).toEqual([...bytes.dataSync()]);
  },
);

it("has a program of each size where the size reaches the layers", async () => {
  const image = Input({ shape: [null, null, 3] });
  const [resized, size] = [
    new Resizing({ height: 4, width: 4 }).apply(image),
    new GlobalAveragePooling2D().apply(image),
  ];
  const both = new Concatenate().apply(new GlobalAveragePooling2D().apply(resized), size);
  const model = new Model({ inputs: image, outputs: both, device });
  for (const [height, width] of sizes.slice(0, 3)) await model.predict(samples(1, height, width));
  expect(await programsOf(model)).toBe(3);
});
