/** A branching model that Keras 3.15.1 compiled, trained and saved (test/golden/training/make_branching.py). */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import * as L from "../../src/models/layers/index.js";
import type { Layer, SymbolicTensor } from "../../src/models/layers/layer.js";
import { Model } from "../../src/models/model.js";
import { AdamW } from "../../src/models/optimizers/adamw.js";
import { loadModel } from "../../src/models/saving/load.js";
import type { Tensor } from "../../src/tensor.js";
import { expectWithin, goldenPath, loadGolden } from "../support/golden.js";
import { createTestDevice } from "../support/run.js";

const golden = loadGolden("training/branching");
const [x, mirrored, y] = ["x", "x_mirror_symmetric", "y"].map((name) => golden.tensor(name));
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

const figures = (name: string) => golden.json[name] as { loss: number; accuracy: number };
const values = (t: Tensor) => [...(t.dataSync() as Float32Array)];

describe.each(["keras", "h5"])("branching.%s", (format) => {
  it("is loaded compiled, predicts and evaluates as in Keras", async () => {
    const model = await loadModel(goldenPath(`training/branching.${format}`), { device });
    expect(model.countParams()).toBe(golden.json.params);
    expect(model.compilation).toMatchObject({
      targets: [{ loss: "categorical_crossentropy", labelSmoothing: 0.1, metrics: ["accuracy"] }],
    });
    const { optimizer } = model.compilation!;
    expect(optimizer.className).toBe("AdamW");
    expect(optimizer.getConfig()).toMatchObject({ weight_decay: 0.01 });
    expectWithin(await model.predict(x), golden.tensor("saved_predict"), 1e-5);
    const { loss, accuracy } = await model.evaluate(x, y);
    expect(Math.abs(loss - figures("saved_test_on_x").loss)).toBeLessThan(2e-5);
    expect(accuracy).toBeCloseTo(figures("saved_test_on_x").accuracy, 5);
  });

  it.each(["keras", "h5"])("is saved as .%s and loaded again as it is", async (other) => {
    const model = await loadModel(goldenPath(`training/branching.${format}`), { device });
    const path = join(folder, `${format}.${other}`);
    await model.save(path);
    const again = await loadModel(path, { device });
    expect(again.getConfig()).toEqual(model.getConfig());
    expect(again.compilation?.targets).toEqual(model.compilation?.targets);
    const configOf = (m: Model) => m.compilation!.optimizer.getConfig();
    expect(configOf(again)).toEqual(configOf(model));
    expect(values(await again.predict(x))).toEqual(values(await model.predict(x)));
    expect(await again.evaluate(x, y)).toEqual(await model.evaluate(x, y));
  });
});

/** The network of make_branching.py; on images that are their own mirror images its flip changes nothing. */
function build(): Model {
  const regularizer = { className: "L2", config: { l2: 1e-3 } } as const;
  const conv = (options: L.Conv2DOptions) => new L.Conv2D({ padding: "same", ...options });
  const norm = (name: string, options = {}) => new L.BatchNormalization({ name, ...options });
  const chain = (input: SymbolicTensor, ...layers: Layer[]) =>
    layers.reduce((tensor, layer) => layer.apply(tensor), input);
  const inputs = L.Input({ shape: [24, 20, 1], name: "gray" });
  const rescaled = new L.Rescaling({ name: "rescaling", scale: 1 / 127.5, offset: -1 }).apply(inputs);
  const flipped = new L.RandomFlip({ name: "flip", mode: "horizontal" }).apply(rescaled, { training: false });
  const stem = chain(
    flipped,
    conv({ name: "stem", filters: 16, kernelSize: 3, useBias: false, kernelRegularizer: regularizer }),
    norm("stem_bn"),
    new L.Activation({ name: "stem_elu", activation: "elu" }),
  );
  const depthwise = chain(
    stem,
    new L.DepthwiseConv2D({
      ...{ name: "dw", kernelSize: 3, padding: "same", useBias: false, depthwiseRegularizer: regularizer },
    }),
    norm("dw_bn", { momentum: 0.9, epsilon: 1e-5 }),
    new L.ELU({ name: "dw_elu", alpha: 0.5 }),
    conv({ name: "pw", filters: 16, kernelSize: 1, padding: "valid" }),
  );
  const sum = new L.Add({ name: "add" }).apply([stem, depthwise]);
  const wide = conv({
    ...{ name: "wide", filters: 24, kernelSize: [3, 5], activation: "elu", kernelRegularizer: regularizer },
  }).apply(stem);
  const outputs = chain(
    new L.Concatenate({ name: "concat" }).apply([sum, wide]),
    new L.MaxPooling2D({ name: "pool", poolSize: 2 }),
    conv({ name: "down", filters: 48, kernelSize: 3, strides: 2, kernelRegularizer: regularizer }),
    norm("down_bn", { scale: false }),
    new L.Activation({ name: "down_relu", activation: "relu" }),
    new L.GlobalAveragePooling2D({ name: "gap" }),
    new L.Dropout({ name: "dropout", rate: 0 }),
    new L.Dense({ name: "fc", units: 80, activation: "elu", kernelRegularizer: regularizer }),
    new L.Dense({ name: "predictions", units: 4, activation: "softmax" }),
  );
  return new Model({ inputs, outputs, name: "branching", device, seed: 1 });
}

it("is trained as in Keras: losses with the L2 terms, weights and predictions after two steps", async () => {
  const model = build();
  const names = (golden.json.weights as [path: string, shape: number[], trainable: boolean][]).map(
    ([path]) => path,
  );
  await model.setWeights(names.map((name) => golden.tensor(`w0/${name}`)));
  expectWithin(await model.predict(x), golden.tensor("predict0"), 1e-5);
  model.compile({
    optimizer: new AdamW({ learningRate: 1e-3, weightDecay: 1e-2 }),
    loss: "categorical_crossentropy",
    labelSmoothing: 0.1,
    metrics: ["accuracy"],
  });
  const before = await model.evaluate(mirrored, y);
  expect(Math.abs(before.loss - figures("variant1_test_before").loss)).toBeLessThan(2e-5);
  const { history } = await model.fit(mirrored, y, { epochs: 2, batchSize: 6, shuffle: false });
  const wanted = golden.json.variant1_history as Record<string, number[]>;
  history.loss.forEach((loss, i) => expect(Math.abs(loss - wanted.loss[i])).toBeLessThan(1e-4));
  history.accuracy.forEach((accuracy, i) => expect(accuracy).toBeCloseTo(wanted.accuracy[i], 5));
  expectWithin(await model.predict(x), golden.tensor("saved_predict"), 1e-3);
  const after = await model.getWeights();
  const saved = await (await loadModel(goldenPath("training/branching.keras"), { device })).getWeights();
  for (const [i, name] of names.entries()) {
    const read = after[i].dataSync();
    const t = saved[i];
    // Adam's steps have the size of the rate whatever the gradient's: one near 0 may go either way.
    const off = values(t).filter((v, k) => Math.abs(v - read[k]) > 1e-4 + 1e-3 * Math.abs(v)).length;
    expect(off / t.size, name).toBeLessThan(0.02);
  }
});
