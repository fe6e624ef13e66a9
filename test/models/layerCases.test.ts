/** Layers against cases of real Keras: see test/golden/layers. */
import { afterAll, beforeAll, describe, it } from "vitest";
import { Input, Model, tensor, type Shape, type Tensor } from "../../src/index.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { cubic } from "../reference/resize2d.js";
import { expectWithin, loadGolden } from "../support/golden.js";
import { casesOf, expectCase, layerOf } from "../support/layerCases.js";
import { createTestDevice } from "../support/run.js";

/** Where Keras on PyTorch, which the numbers are of, departs from Keras on TensorFlow and on JAX: see docs/keras.md. */
const ofTorch = new Set(["resizing_bicubic"]);

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

describe.each(["layers/branches", "layers/others"])("%s", (file) => {
  const golden = loadGolden(file);
  const cases = casesOf(golden);
  const ids = Object.keys(cases).filter((id) => !ofTorch.has(id));
  const trained = ids.filter((id) => `${id}/train/y` in (golden.json.tensors as object));

  it.each(ids)("computes what Keras does: %s", (id) => expectCase(device, golden, id, "inference"));

  if (trained.length > 0)
    it.each(trained)("trains as Keras does: %s", (id) => expectCase(device, golden, id, "training"));
});

it("resizes bicubically by a = −½; PyTorch's numbers are those of −¾ with the edge repeated", async () => {
  const golden = loadGolden("layers/others");
  const [x, y] = ["x", "y"].map((name) => golden.tensor(`resizing_bicubic/${name}`));
  const layer = layerOf("resizing_bicubic", casesOf(golden).resizing_bicubic);
  const image = Input({ shape: x.shape.slice(1) });
  const model = new Model({ inputs: image, outputs: layer.apply(image), device });
  const expected = (a: number, repeatsEdge: boolean) =>
    tensor(cubicResize(x, y.shape, a, repeatsEdge), y.shape);
  expectWithin(expected(-0.75, true), y, 1e-5);
  expectWithin(await model.predict(x), expected(-0.5, false), 1e-5);
});

/** x [n, h, w, c] in the size of `shape`. */
function cubicResize(x: Tensor, shape: Shape, a: number, repeatsEdge: boolean): Float32Array {
  const [n, height, width, channels] = x.shape;
  const [, rows, columns] = shape;
  const values = x.dataSync();
  const taps = (i: number, from: number, to: number) => {
    const position = ((i + 0.5) * from) / to - 0.5;
    const places = Array.from({ length: 4 }, (_, k) => Math.floor(position) - 1 + k)
      .filter((place) => repeatsEdge || (place >= 0 && place < from))
      .map((place) => ({ place, weight: cubic(Math.abs(place - position), a) }));
    const total = places.reduce((sum, { weight }) => sum + weight, 0);
    return places.map(({ place, weight }) => ({
      place: Math.min(Math.max(place, 0), from - 1),
      weight: weight / total,
    }));
  };
  return Float32Array.from({ length: n * rows * columns * channels }, (_, i) => {
    const [channel, column] = [i % channels, Math.floor(i / channels) % columns];
    const [row, image] = [
      Math.floor(i / channels / columns) % rows,
      Math.floor(i / channels / columns / rows),
    ];
    let sum = 0;
    for (const down of taps(row, height, rows))
      for (const across of taps(column, width, columns))
        sum +=
          down.weight *
          across.weight *
          values[((image * height + down.place) * width + across.place) * channels + channel];
    return sum;
  });
}
