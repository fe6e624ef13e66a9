/** Activations of a graph with branches that the backward pass computes again. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { WgraftError } from "../../src/errors.js";
import type { ProgramPlan } from "../../src/graph/plan/programPlan.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { Activation } from "../../src/models/layers/activations/activation.js";
import { Conv2D } from "../../src/models/layers/convolutional/conv2d.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Input } from "../../src/models/layers/core/inputLayer.js";
import type { SymbolicTensor } from "../../src/models/layers/layer.js";
import { Add } from "../../src/models/layers/merging/add.js";
import { Concatenate } from "../../src/models/layers/merging/concatenate.js";
import { BatchNormalization } from "../../src/models/layers/normalization/batchNormalization.js";
import { GlobalAveragePooling2D } from "../../src/models/layers/pooling/globalAveragePooling2d.js";
import { Model } from "../../src/models/model.js";
import { tensor } from "../../src/tensor.js";
import { uniform } from "../reference/random.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const [size, batch, filters] = [16, 4, 8];

/** Two residual blocks and one of two branches that are joined, with normalizations by the batch's statistics. */
function branched(on: Device): Model {
  const relu = (x: SymbolicTensor) => new Activation({ activation: "relu" }).apply(x);
  const conv = (x: SymbolicTensor, kernelSize: number) =>
    new BatchNormalization().apply(new Conv2D({ filters, kernelSize, padding: "same" }).apply(x));
  const image = Input({ shape: [size, size, 3] });
  let x = relu(conv(image, 3));
  for (let i = 0; i < 2; i++) x = relu(new Add().apply(conv(relu(conv(x, 1)), 3), x));
  x = new Concatenate().apply(relu(conv(x, 1)), relu(conv(x, 3)));
  const output = new Dense({ units: 1, activation: "sigmoid" }).apply(new GlobalAveragePooling2D().apply(x));
  const model = new Model({ inputs: image, outputs: output, device: on, seed: 7 });
  model.compile({ optimizer: "rmsprop", loss: "binary_crossentropy" });
  return model;
}

const withBudget = (memoryBudget: number) =>
  Object.create(device, {
    memoryBudget: { value: memoryBudget },
    note: { value: () => undefined },
  }) as Device;

const sample = { shape: [size, size, 3], dtype: "float32", preprocess: "none" } as const;

async function planOf(budget: number): Promise<ProgramPlan> {
  return (await branched(withBudget(budget)).ready()).plan("train", batch, sample);
}

/** The plan for the smallest budget that can be met. */
async function tightestPlan(): Promise<ProgramPlan> {
  let plan = await planOf(Infinity);
  for (;;) {
    try {
      plan = await planOf(plan.memory.total - 1);
    } catch (error) {
      if (error instanceof WgraftError && error.code === "out-of-memory") return plan;
      throw error;
    }
  }
}

/** Figures and weights, moving statistics among them, after a few steps. */
async function trained(model: Model): Promise<number[][]> {
  const x = uniform(3, [batch, size, size, 3]);
  const y = tensor([0, 1, 1, 0], [batch, 1]);
  const figures: number[][] = [];
  for (let step = 0; step < 3; step++) figures.push(await model.trainOnBatch(x, y));
  const weights = await model.getWeights();
  return [...figures, ...weights.map((weight) => [...weight.dataSync()])];
}

it("gives the same weights and moving statistics to the bit, in less memory", async () => {
  const [plain, tight] = [await planOf(Infinity), await tightestPlan()];
  expect(plain.recomputation).toBeUndefined();
  expect(tight.memory.total).toBeLessThan(plain.memory.total);
  const again = tight.lowered.steps.filter(({ node }) => node.original).map(({ node }) => node.op.name);
  expect(again).toHaveLength(tight.recomputation!.nodes);
  expect(again).toContain("conv2d");
  expect(again).not.toContain("moving_statistics_update");
  expect(await trained(branched(withBudget(tight.memory.total)))).toEqual(await trained(branched(device)));
});
