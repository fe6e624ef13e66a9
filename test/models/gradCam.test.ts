/** Class-activation maps against a float64 reference, and against Keras's own. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  Activation,
  Conv2D,
  Dense,
  Flatten,
  GlobalAveragePooling2D,
  gradCam,
  Input,
  layerActivations,
  loadModel,
  MaxPooling2D,
  Model,
  Resizing,
  Sequential,
  tensor,
  type Layer,
} from "../../src/index.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { finiteDifference } from "../reference/finiteDifference.js";
import { gradCam as reference, seedOf } from "../reference/gradCam.js";
import * as layers from "../reference/layers.js";
import { uniform } from "../reference/random.js";
import { expectClose, float64 } from "../support/expectClose.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const same = { kernelSize: 3, padding: "same", activation: "relu" } as const;

/** A network with random weights, as a model and in float64: up to the maps, and from them to the scores. */
async function network(units: number, end: Layer | undefined) {
  const image = Input({ shape: [9, 7, 3] });
  const first = new Conv2D({ filters: 4, ...same, name: "first", inputShape: [9, 7, 3] });
  const second = new Conv2D({ filters: 5, ...same, name: "second" });
  const hidden = new Dense({ units: 6, activation: "relu", name: "hidden" });
  const scores = new Dense({ units, name: "scores" });
  const base = new Sequential([first, new MaxPooling2D({ poolSize: 2 }), second], { name: "base" });
  let x = base.apply(image);
  x = new Flatten().apply(new MaxPooling2D({ poolSize: 2, name: "last_pool" }).apply(x));
  x = scores.apply(hidden.apply(x));
  const model = new Model({ inputs: image, outputs: end ? end.apply(x) : x, device });
  const weightsOf = async (layer: Layer, seed: number) => {
    const made = layer.weights.map(({ variable: { shape } }, i) => uniform(seed + i, shape, -0.6, 0.6));
    await layer.setWeights(made);
    return made.map(float64) as [Float64Array, Float64Array];
  };
  const before = layers.chain([
    layers.conv3x3(...(await weightsOf(first, 1))),
    layers.maxPool2x2(),
    layers.conv3x3(...(await weightsOf(second, 3))),
  ]);
  const hiddenWeights = await weightsOf(hidden, 5);
  const scoreWeights = await weightsOf(scores, 7);
  const pool = layers.maxPool2x2();
  const rest: layers.ReferenceLayer = {
    weights: [],
    forward(maps) {
      const pooled = pool.forward(maps);
      const [n, ...shape] = pooled.y.shape;
      const flat = { values: pooled.y.values, shape: [n, shape.reduce((a, b) => a * b, 1)] };
      const head = layers.chain([
        layers.dense(...hiddenWeights, "relu"),
        layers.dense(...scoreWeights, "linear"),
      ]);
      const { y, backward } = head.forward(flat);
      return { y, backward: (dy) => pooled.backward(backward(dy, true).dx!, true) };
    },
  };
  return { model, before, rest };
}

describe("against the float64 reference", () => {
  const x = uniform(11, [3, 9, 7, 3], 0, 1);
  it.each([
    ["softmax", 4, new Activation({ activation: "softmax" }), [0, 3, 1]],
    ["sigmoid", 1, new Activation({ activation: "sigmoid" }), [0, 1, 1]],
    ["scores without an activation", 3, undefined, [2, 0, 1]],
  ] as const)("%s", async (_, units, end, classes) => {
    const { model, before, rest } = await network(units, end);
    const maps = before.forward({ values: float64(x), shape: x.shape }).y;
    const { y, backward } = rest.forward(maps);
    const seed = seedOf(classes, y.shape);
    const gradient = backward(seed, true).dx!;
    // Maps without the zeros of a ReLU, between which a pool has no slope.
    const smooth = { values: float64(uniform(12, maps.shape)), shape: maps.shape };
    const moved = (values: Float64Array) => rest.forward({ ...smooth, values }).y.values;
    const slope = rest.forward(smooth).backward(seed, true).dx!;
    expectClose(slope, finiteDifference(moved, smooth.values, seed), { absolute: 1e-7 });
    const expected = reference(maps, gradient);
    expect(Math.max(...expected.values)).toBe(1);
    for (const [batchSize, layer] of [
      [20, "second"],
      [2, "base/second"],
      [1, "base"],
    ] as const) {
      const { heatmaps, layer: path } = await gradCam(model, x, { classes, layer, batchSize });
      expect([path, heatmaps.shape]).toEqual(["base/second", expected.shape]);
      expectClose(heatmaps.dataSync(), expected.values, { absolute: 1e-5 });
    }
    const { activations } = await layerActivations(model, x, { layer: "second" });
    expectClose(activations.dataSync(), maps.values, { absolute: 1e-5 });
    // The pool after it is the last layer with maps.
    expect((await gradCam(model, x, { classes })).layer).toBe("last_pool");
  });

  it("is 0 throughout where nothing speaks for a class", async () => {
    const model = new Sequential(
      [
        new Conv2D({ filters: 2, kernelSize: 3, activation: "relu", inputShape: [5, 5, 3] }),
        new GlobalAveragePooling2D(),
        new Dense({ units: 1, activation: "sigmoid", name: "score" }),
      ],
      { device, seed: 1 },
    );
    await model.getLayer("score").setWeights([tensor([0.5, 0.25], [2, 1]), tensor([0], [1])]);
    const image = uniform(1, [1, 5, 5, 3], 0, 1);
    const [against, forIt] = [0, 1].map((index) => gradCam(model, image, { classes: [index] }));
    expect([...(await against).heatmaps.dataSync()]).toEqual(new Array(9).fill(0));
    expect(Math.max(...(await forIt).heatmaps.dataSync())).toBe(1);
  });
});

describe("against Keras", () => {
  interface Numbers {
    readonly shape: number[];
    readonly values: number[];
  }
  interface Golden {
    readonly images: Numbers;
    readonly preprocess: Readonly<Record<string, "none" | "rescale">>;
    readonly cases: readonly { model: string; layer: string; classes: number[]; heat: Numbers }[];
    readonly activations: Numbers & { model: string; layer: string };
    readonly outputs: Readonly<Record<string, Numbers>>;
  }
  const folder = join(import.meta.dirname, "../golden/explain");
  const golden = JSON.parse(readFileSync(join(folder, "gradcam.json"), "utf8")) as Golden;
  const images = tensor(Uint8Array.from(golden.images.values), golden.images.shape);
  const models = new Map<string, Model>();
  beforeAll(async () => {
    for (const name of Object.keys(golden.preprocess))
      models.set(name, await loadModel(join(folder, name), { device }));
  });

  it.each(golden.cases)("$model, layer $layer, classes $classes", async ({ model, layer, classes, heat }) => {
    const options = { layer, classes, preprocess: golden.preprocess[model] };
    const { heatmaps } = await gradCam(models.get(model)!, images, options);
    expect(heatmaps.shape).toEqual(heat.shape);
    expectClose(heatmaps.dataSync(), heat.values, { absolute: 2e-5 });
  });

  it("activations, and the predicted classes", async () => {
    const { model, layer, shape, values } = golden.activations;
    const preprocess = golden.preprocess[model];
    const { activations } = await layerActivations(models.get(model)!, images, { layer, preprocess });
    expect(activations.shape).toEqual(shape);
    expectClose(activations.dataSync(), values, { absolute: 1e-5 });
    const softmax = models.get("softmax.keras")!;
    const { classes } = await gradCam(softmax, images);
    expect(classes).toEqual(golden.cases[0].classes);
    expectClose((await softmax.predict(images)).dataSync(), golden.outputs["softmax.keras"].values);
  });
});

it("gives the same maps where activations are float16", async () => {
  const half = await createTestDevice({ precision: "float16" });
  const folder = join(import.meta.dirname, "../golden/explain");
  const images = uniform(5, [2, 19, 19, 3], 0, 1);
  const options = { layer: "shortcut", classes: [0, 1] };
  const [maps, halves] = await Promise.all(
    [device, half].map(async (on) => {
      const model = await loadModel(join(folder, "sigmoid.keras"), { device: on });
      return (await gradCam(model, images, options)).heatmaps.dataSync();
    }),
  );
  half.destroy();
  expectClose(halves, maps, { absolute: 0.02 });
});

describe("models and layers that it refuses", () => {
  const x = uniform(1, [1, 9, 7, 3]);
  it("names the layers that there are", async () => {
    const { model } = await network(2, undefined);
    await expect(gradCam(model, x, { layer: "conv9", classes: [0] })).rejects.toThrow(
      /`layer` conv9: there is no such layer; those with maps are base\/first, /,
    );
    await expect(gradCam(model, x, { layer: "hidden", classes: [0] })).rejects.toThrow(
      "`layer` hidden: it outputs (6,), where maps (height, width, channels) are needed",
    );
    await expect(gradCam(model, x, { classes: [2] })).rejects.toThrow("the model has 2 classes, from 0");
    await expect(gradCam(model, x, { classes: [0, 1] })).rejects.toThrow("a class for each of 1 images");
    await expect(gradCam(model, x)).rejects.toThrow(/values, not probabilities/);
  });

  it("several outputs, and networks without maps", async () => {
    const image = Input({ shape: [4] });
    const outputs = ["a", "b"].map((name) => new Dense({ units: 1, name }).apply(image));
    const several = new Model({ inputs: image, outputs, device });
    await expect(gradCam(several, uniform(1, [1, 4]), { classes: [0] })).rejects.toThrow(
      /has 1 inputs and 2 outputs, where one of each is needed/,
    );
    const flat = new Model({ inputs: image, outputs: outputs[0], device });
    await expect(gradCam(flat, uniform(1, [1, 4]), { classes: [0] })).rejects.toThrow(
      /no layer of it outputs maps/,
    );
  });

  it("takes images of any size where the model does", async () => {
    const image = Input({ shape: [null, null, 3] });
    let maps = new Resizing({ height: 8, width: 8, name: "resizing" }).apply(image);
    maps = new Conv2D({ filters: 3, ...same, name: "conv" }).apply(maps);
    const end = new Dense({ units: 2, activation: "softmax" });
    const outputs = end.apply(new GlobalAveragePooling2D().apply(maps));
    const model = new Model({ inputs: image, outputs, device });
    for (const size of [
      [12, 10],
      [30, 17],
    ]) {
      const { heatmaps, layer } = await gradCam(model, uniform(3, [2, ...size, 3]));
      expect([layer, heatmaps.shape]).toEqual(["conv", [2, 8, 8]]);
    }
  });
});
