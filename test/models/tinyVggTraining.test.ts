/** Training a small VGG: gradients and RMSprop steps, against Keras 3.15.1. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gradients } from "../../src/graph/autodiff.js";
import { Graph } from "../../src/graph/graph.js";
import { compile } from "../../src/graph/compile.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { mean } from "../../src/kernels/shape/reduce.js";
import type { Dropout } from "../../src/models/layers/regularization/dropout.js";
import { emitLoss } from "../../src/models/losses.js";
import { RMSprop } from "../../src/models/optimizers/rmsprop.js";
import { loadModel } from "../../src/models/saving/load.js";
import { tensor } from "../../src/tensor.js";
import { expectWithin, goldenPath, loadGolden } from "../support/golden.js";
import { createTestDevice } from "../support/run.js";

const golden = loadGolden("keras/tiny_vgg");
let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const load = () => loadModel(goldenPath("keras/tiny_vgg_uncompiled.h5"), { device });

describe("a tiny VGG", () => {
  it("has Keras's gradients", async () => {
    const model = await load();
    const [x, labels] = [golden.tensor("input"), golden.tensor("labels").reshape([3, 1])];
    const graph = new Graph();
    const [xs, ys] = [graph.input("x", x), graph.input("labels", labels)];
    const prediction = model.call({ graph, training: false, seed: 0 }, xs);
    const loss = graph.add(mean, [emitLoss(graph, "binary_crossentropy", ys, prediction)], {});
    const weights = model.trainableWeights;
    const grads = gradients(
      graph,
      loss,
      weights.map((w) => graph.variable(w.variable)),
    );
    const outputs = Object.fromEntries(grads.map((g, i) => [weights[i].variable.name, g!]));
    const program = await compile(device, graph, { loss, ...outputs });
    const results = await program.run({ x: x.dataSync(), labels: labels.dataSync() });
    expect(results.loss[0]).toBeCloseTo(golden.json.loss_no_dropout as number, 5);
    expect(weights).toHaveLength(12);
    for (const { variable } of weights) {
      const got = tensor(results[variable.name] as Float32Array, variable.shape);
      expectWithin(got, golden.tensor(`grad/${variable.name}`), 1e-5);
    }
    program.destroy();
  });

  it("takes RMSprop steps as Keras does", async () => {
    const model = await load();
    (model.getLayer("dropout") as Dropout).rate = 0;
    model.compile({
      optimizer: new RMSprop({ learningRate: 1e-3 }),
      loss: "binary_crossentropy",
      metrics: ["acc"],
    });
    const [x, y] = [golden.tensor("input"), golden.tensor("labels")];
    const wanted = golden.json["rmsprop_1e-3_train_on_batch_[loss,acc]_dropout0"] as number[][];
    for (const [loss, acc] of wanted) {
      const got = await model.trainOnBatch(x, y);
      expect(Math.abs(got[0] - loss)).toBeLessThan(1e-4);
      expect(got[1]).toBeCloseTo(acc, 6);
    }
    for (const { variable } of model.weights) {
      const got = tensor((await variable.read()) as Float32Array, variable.shape);
      expectWithin(got, golden.tensor(`after3/${variable.name}`), 1e-4);
    }
    expectWithin(await model.predict(x), golden.tensor("output_after3"), 1e-4);
    const figures = await model.evaluate(x, y);
    const after = golden.json.evaluate_after3 as Record<string, number>;
    expect(figures.loss).toBeCloseTo(after.loss, 4);
    expect(figures.acc).toBeCloseTo(after.acc, 6);
  });
});
