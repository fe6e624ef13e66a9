/** Callbacks in a fit on the GPU. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import {
  EarlyStopping,
  LearningRateScheduler,
  ModelCheckpoint,
  TerminateOnNaN,
} from "../../src/models/callbacks/index.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { PiecewiseConstantDecay } from "../../src/models/optimizers/schedules/index.js";
import { SGD } from "../../src/models/optimizers/sgd.js";
import { mulberry32 } from "../../src/models/random.js";
import { loadModel } from "../../src/models/saving/load.js";
import { Sequential } from "../../src/models/sequential.js";
import type { Callback } from "../../src/models/training/history.js";
import { tensor } from "../../src/tensor.js";
import { withFolder } from "../support/fakeFit.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const random = mulberry32(7);
const x = tensor(
  Array.from({ length: 32 * 4 }, () => random() - 0.5),
  [32, 4],
);
const y = tensor(
  Array.from({ length: 32 }, (_, i) => Number(x.dataSync()[i * 4] > 0)),
  [32],
);

function classifier(optimizer: SGD): Sequential {
  const layers = [new Dense({ units: 1, activation: "sigmoid", inputDim: 4 })];
  const model = new Sequential(layers, { device, seed: 3 });
  model.compile({ optimizer, loss: "binary_crossentropy" });
  return model;
}

it("stops early, puts the best weights back, and leaves the best model in a file", () =>
  withFolder(async (folder) => {
    const model = classifier(new SGD({ learningRate: 1 }));
    // Labels turned round: every step that fits the training data makes the validation worse.
    const wrong = tensor(y.dataSync().map((v) => 1 - v) as Float32Array, [32]);
    const filepath = join(folder, "best.h5");
    const stopping = new EarlyStopping({ patience: 2, restoreBestWeights: true });
    const { history, epoch } = await model.fit(x, y, {
      epochs: 7,
      batchSize: 32,
      validationData: [x, wrong],
      callbacks: [
        new LearningRateScheduler((_, rate) => rate),
        stopping,
        new ModelCheckpoint({ filepath, saveBestOnly: true }),
      ],
    });
    expect(epoch).toEqual([0, 1, 2]);
    expect(stopping.bestEpoch).toBe(0);
    expect(history.learning_rate).toEqual([1, 1, 1]);
    const now = await model.evaluate(x, wrong);
    expect(now.loss).toBeCloseTo(history.val_loss[0], 6);
    expect(now.loss).toBeLessThan(history.val_loss[2] - 0.01);
    const saved = await loadModel(filepath, { device });
    expect((await saved.predict(x)).dataSync()).toEqual((await model.predict(x)).dataSync());
  }));

it("trains at the rates of a schedule", async () => {
  const boundaries = [1, 3];
  const scheduled = classifier(
    new SGD({ learningRate: new PiecewiseConstantDecay({ boundaries, values: [0.5, 0.1, 0] }) }),
  );
  const plain = classifier(new SGD({ learningRate: 0.5 }));
  const rates = [0.5, 0.5, 0.1, 0.1, 0, 0];
  const options = { epochs: 6, batchSize: 32, shuffle: false };
  const wanted = await plain.fit(x, y, {
    ...options,
    callbacks: [new LearningRateScheduler((epoch) => rates[epoch])],
  });
  const { history } = await scheduled.fit(x, y, options);
  expect(history.loss).toEqual(wanted.history.loss);
  expect(history.loss[5]).toBe(history.loss[4]);
  expect(history.loss[3]).toBeLessThan(history.loss[2]);
});

it("ends an epoch in its midst when a callback says so", async () => {
  const model = classifier(new SGD({ learningRate: 0.1 }));
  const calls: string[] = [];
  const stopper: Callback = {
    onBatchEnd: (batch) => (calls.push(`batch ${batch}`), batch === 2 ? "stop" : undefined),
    onEpochEnd: (epoch) => void calls.push(`epoch ${epoch}`),
    onTrainEnd: () => void calls.push("end"),
  };
  const { epoch } = await model.fit(x, y, { epochs: 5, batchSize: 4, callbacks: [stopper] });
  expect(calls).toEqual(["batch 0", "batch 1", "batch 2", "epoch 0", "end"]);
  expect(epoch).toEqual([0]);
  expect(model.compilation!.optimizer.iterations).toBe(3);
});

it("ends when the loss is no number", async () => {
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  const model = classifier(new SGD({ learningRate: 0.1 }));
  const broken = tensor(x.dataSync().slice(), [32, 4]);
  broken.dataSync()[5] = NaN;
  const { history } = await model.fit(broken, y, { epochs: 4, callbacks: [new TerminateOnNaN()] });
  expect(history.loss).toEqual([NaN]);
  expect(warn).toHaveBeenCalledOnce();
  warn.mockRestore();
});
