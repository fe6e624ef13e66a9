/** Functional models with branches: several inputs and outputs, shared layers, models inside models. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { cutAt } from "../../src/models/applications/index.js";
import { Conv2D } from "../../src/models/layers/convolutional/conv2d.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Input } from "../../src/models/layers/core/inputLayer.js";
import { Add } from "../../src/models/layers/merging/add.js";
import { Dropout } from "../../src/models/layers/regularization/dropout.js";
import { Flatten } from "../../src/models/layers/reshaping/flatten.js";
import { Model } from "../../src/models/model.js";
import { loadModel } from "../../src/models/saving/load.js";
import { Sequential } from "../../src/models/sequential.js";
import { tensor, type Tensor } from "../../src/tensor.js";
import { expectClose } from "../support/expectClose.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
let folder: string;
beforeAll(async () => {
  device = await createTestDevice();
  folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
});
afterAll(async () => {
  device.destroy();
  await rm(folder, { recursive: true });
});

const values = (t: Tensor) => [...(t.dataSync() as Float32Array)];
const dense = (name: string, units = 3) => new Dense({ name, units });

describe("layers of a model", () => {
  it("stand in Keras's order: by their distance to the outputs", () => {
    const x = Input({ shape: [3], name: "x" });
    const [long, short] = [dense("long1"), dense("short")];
    const a = dense("long2").apply(long.apply(x));
    const sum = new Add({ name: "sum" }).apply([short.apply(x), a]);
    const model = new Model({ inputs: x, outputs: dense("end").apply(sum) });
    expect(model.layers.map(({ name }) => name)).toEqual(["x", "long1", "short", "long2", "sum", "end"]);
  });

  it("are numbered in the order in which they were made, those of inner models too", () => {
    const outer = new Dense({ units: 2 });
    const first = new Sequential([new Dense({ units: 2, inputDim: 3 }), new Dense({ units: 2 })]);
    const second = new Sequential([new Dense({ units: 2, inputDim: 2 })]);
    expect(second.layers.map(({ name }) => name)).toEqual(["input_layer", "dense"]);
    const model = new Sequential([first, second, outer]);
    const names = [first, second, model].map((m) => [m.name, ...m.layers.slice(1).map(({ name }) => name)]);
    expect(names).toEqual([
      ["sequential", "dense_1", "dense_2"],
      ["sequential_1", "dense_3"],
      ["sequential_2", "sequential", "sequential_1", "dense"],
    ]);
  });

  it("keep names that differ in every model that shares them", () => {
    const early = new Dense({ units: 3 });
    const [shared, other] = [new Dense({ units: 3, inputDim: 3 }), new Dense({ units: 3 })];
    const one = new Sequential([shared, other]);
    expect([shared.name, other.name]).toEqual(["dense", "dense_1"]);
    new Sequential([shared, early]);
    expect(early.name).toBe("dense");
    expect(new Set(one.layers.map(({ name }) => name)).size).toBe(one.layers.length);
    expect(shared.name).toBe("dense_2");
  });
});

describe("apply", () => {
  const x = Input({ shape: [3] });

  it("takes tensors one after the other or in a list", () => {
    const [a, b] = [dense("a").apply(x), dense("b").apply([x])];
    expect(new Add().apply(a, b).call.inputs).toEqual([a, b]);
    expect(new Add().apply([a, b]).call.inputs).toEqual([a, b]);
  });

  it("refuses what a layer cannot be called on", () => {
    expect(() => dense("a").apply(x, x)).toThrow(/layer a is called on 2 tensors, not 1/);
    expect(() => dense("a").apply()).toThrow(/layer a is called on 0 tensors, not 1/);
    expect(() => dense("a").apply(3 as never)).toThrow(expect.objectContaining({ code: "usage" }));
    expect(() => dense("a").apply(x, { training: true } as never)).toThrow(/training: expected false/);
    expect(() => new Add().apply(x, Input({ shape: [4] }))).toThrow(/layer add: /);
  });
});

describe("a residual block", () => {
  const build = () => {
    const x = Input({ shape: [5, 4, 2], name: "x" });
    const conv = (name: string) => new Conv2D({ name, filters: 2, kernelSize: 3, padding: "same" });
    const body = conv("second").apply(conv("first").apply(x));
    const sum = new Add({ name: "sum" }).apply([x, body, body]);
    const outputs = new Dense({ units: 1, activation: "sigmoid", name: "head" }).apply(
      new Flatten().apply(sum),
    );
    return new Model({ inputs: x, outputs, device, seed: 3 });
  };
  const x = tensor(
    Float32Array.from({ length: 120 }, (_, i) => Math.sin(i)),
    [3, 5, 4, 2],
  );

  it("predicts the sum of its branches", async () => {
    const model = build();
    const [sum, body] = [cutAt(model, "sum"), cutAt(model, "second")];
    const [y, z] = [values(await sum.predict(x)), values(await body.predict(x))];
    expectClose(
      y,
      z.map((v, i) => values(x)[i] + 2 * v),
      { relative: 1e-6, absolute: 1e-6 },
    );
  });

  it("trains every branch, and is saved as it is", async () => {
    const model = build();
    model.compile({ optimizer: "sgd", loss: "binary_crossentropy" });
    const before = (await model.getWeights()).map(values);
    await model.trainOnBatch(x, tensor([0, 1, 1], [3, 1]));
    const after = (await model.getWeights()).map(values);
    for (const [i, weight] of after.entries()) expect(weight).not.toEqual(before[i]);
    const path = join(folder, "residual.h5");
    await model.save(path);
    const again = await loadModel(path, { device });
    expect(again.getConfig()).toEqual(model.getConfig());
    expect(values(await again.predict(x))).toEqual(values(await model.predict(x)));
  });
});

it("a layer that is called with training: false drops nothing while the model trains", async () => {
  const build = (options: object) => {
    const x = Input({ shape: [4] });
    const inner = new Sequential([new Dropout({ rate: 0.9, inputShape: [4] })]);
    const outputs = new Dense({ units: 1, activation: "sigmoid", name: "head" }).apply(
      inner.apply(x, options),
    );
    const model = new Model({ inputs: x, outputs, device, seed: 3 });
    model.compile({ optimizer: "sgd", loss: "binary_crossentropy" });
    return model;
  };
  const [x, y] = [tensor([0.1, 0.2, 0.3, 0.4], [1, 4]), tensor([1], [1, 1])];
  const lossOf = async (model: Model) => {
    const [inference, training] = [await model.evaluate(x, y), await model.trainOnBatch(x, y)];
    return [inference.loss, training[0]];
  };
  const kept = build({ training: false });
  const path = join(folder, "mode.h5");
  await kept.save(path);
  for (const model of [kept, await loadModel(path, { device })]) {
    const [inference, training] = await lossOf(model);
    expect(training).toBeCloseTo(inference, 6);
  }
  const [inference, training] = await lossOf(build({}));
  expect(Math.abs(training - inference)).toBeGreaterThan(1e-3);
});
