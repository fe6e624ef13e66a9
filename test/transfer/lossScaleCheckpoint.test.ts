/** A checkpoint holds how the loss is scaled, so that a resumed training goes on as it would have. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  readCheckpoint,
  restore,
  writeCheckpoint,
  type CheckpointState,
} from "../../src/transfer/run/checkpoint.js";
import { Snapshot, trainingVariables } from "../../src/transfer/run/snapshot.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Adam } from "../../src/models/optimizers/adam.js";
import type { LossScale } from "../../src/models/optimizers/lossScale.js";
import type { LossScaleOptimizer } from "../../src/models/optimizers/lossScaleOptimizer.js";
import { Sequential } from "../../src/models/sequential.js";
import { tensor } from "../../src/tensor.js";
import { uniform } from "../reference/random.js";
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

const lossScale: LossScale = { initialScale: 8, dynamicGrowthSteps: 2 };

function build(seed: number, scaled = true): Sequential {
  const model = new Sequential([new Dense({ units: 1, activation: "sigmoid", inputDim: 5, name: "d" })], {
    device,
    seed,
  });
  model.compile({
    optimizer: new Adam({ learningRate: 0.1 }),
    lossScale: scaled ? lossScale : undefined,
    loss: "binary_crossentropy",
  });
  return model;
}

/** Three batches, the second of which no gradient is finite for. */
async function train(model: Sequential): Promise<void> {
  for (const largest of [1, Infinity, 1]) {
    const x = uniform(3, [4, 5]);
    x.dataSync()[0] = largest;
    await model.trainOnBatch(x, tensor([0, 1, 1, 0], [4, 1]));
  }
}

async function outcome(model: Sequential): Promise<unknown> {
  const weights = (await model.getWeights()).map((t) => [...t.dataSync()]);
  return { weights, status: await (model.compilation!.optimizer as LossScaleOptimizer).status() };
}

it("a resumed training goes on with the scale and the counts that it had", async () => {
  const path = join(folder, "state.h5");
  const whole = build(1);
  await train(whole);
  const snapshot = new Snapshot(device, trainingVariables(whole));
  snapshot.capture();
  await writeCheckpoint(path, stateAt(whole.compilation!.optimizer.iterations), snapshot, undefined);
  await train(whole);

  const resumed = build(2);
  const checkpoint = await readCheckpoint(path);
  restore(resumed, checkpoint, path);
  await train(resumed);
  const expected = await outcome(whole);
  expect(await outcome(resumed)).toEqual(expected);
  // 8, halved, then doubled by the third and fourth step, halved again.
  expect(expected).toMatchObject({ status: { scale: 4, goodSteps: 1, skippedSteps: 2 } });
  expect(() => restore(build(3, false), checkpoint, path)).toThrow(
    `${path}: belongs to another model: it has loss_scale () where this one has nothing`,
  );
});

function stateAt(iterations: number): CheckpointState {
  return {
    epochs: 1,
    wantedEpochs: 2,
    iterations,
    history: {},
    settings: {
      ...{ data: "", init: null, units: 1, dropout: 0, optimizer: "adam", learningRate: 0.1, batchSize: 4 },
      ...{ seed: 1, shuffle: false, stepsPerEpoch: null, validationSteps: null, classWeight: null },
      precision: "float32",
    },
    base: {
      ...{ classNames: ["a", "b"], application: "", layer: "", inputShape: [1, 1, 1], preprocess: "none" },
      ...{ interpolation: "nearest", weightsSha256: "" },
    },
    earlyStop: null,
    checkpointBest: false,
    bestSince: null,
    architecture: null,
  };
}
