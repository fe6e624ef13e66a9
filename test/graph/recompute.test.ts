/** Activations that the backward pass computes again: what is chosen, what it costs, and that nothing else changes. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WgraftError } from "../../src/errors.js";
import { gradients } from "../../src/graph/autodiff.js";
import { leastPlan, planWithin } from "../../src/graph/recompute/fitMemory.js";
import { Graph } from "../../src/graph/graph.js";
import type { ProgramPlan } from "../../src/graph/plan/programPlan.js";
import { Variable } from "../../src/graph/variable.js";
import { sigmoid } from "../../src/kernels/elementwise/activation.js";
import { biasAdd } from "../../src/kernels/elementwise/biasAdd.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { float32, type Value } from "../../src/kernels/op.js";
import { mean } from "../../src/kernels/shape/reduce.js";
import { BatchNormalization } from "../../src/models/layers/normalization/batchNormalization.js";
import { Conv2D } from "../../src/models/layers/convolutional/conv2d.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Dropout } from "../../src/models/layers/regularization/dropout.js";
import { MaxPooling2D } from "../../src/models/layers/pooling/maxPooling2d.js";
import { Flatten } from "../../src/models/layers/reshaping/flatten.js";
import { mulberry32 } from "../../src/models/random.js";
import { Sequential } from "../../src/models/sequential.js";
import { tensor } from "../../src/tensor.js";
import { testCaps } from "../support/caps.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

/** The device with another memory budget, and a list of its notes. */
function withBudget(memoryBudget: number, more: PropertyDescriptorMap = {}) {
  const notes: string[] = [];
  const note = (text: string) => notes.push(text);
  const shown = { memoryBudget: { value: memoryBudget }, note: { value: note }, ...more };
  return { on: Object.create(device, shown) as Device, notes };
}

const size = 16;
const batch = 4;

/** Two blocks as in VGG, with dropout and a frozen normalisation in their midst. */
function smallVgg(on: Device, frozen: readonly string[] = []): Sequential {
  const conv = (name: string, filters: number, more = {}) =>
    new Conv2D({ name, filters, kernelSize: 3, padding: "same", activation: "relu", ...more });
  const model = new Sequential(
    [
      conv("conv1", 6, { inputShape: [size, size, 3] }),
      conv("conv2", 6),
      new MaxPooling2D({ name: "pool1" }),
      new Dropout({ name: "drop1", rate: 0.25 }),
      conv("conv3", 8, { activation: "linear" }),
      new BatchNormalization({ name: "norm", trainable: false }),
      conv("conv4", 8),
      new MaxPooling2D({ name: "pool2" }),
      new Flatten(),
      new Dropout({ name: "drop2", rate: 0.5 }),
      new Dense({ name: "out", units: 1, activation: "sigmoid" }),
    ],
    { device: on, seed: 7 },
  );
  for (const name of frozen) model.getLayer(name).trainable = false;
  model.compile({ optimizer: "rmsprop", loss: "binary_crossentropy", metrics: ["acc"] });
  return model;
}

/** What `trainOnBatch` asks for. */
const sample = { shape: [size, size, 3], dtype: "float32", preprocess: "none" } as const;

async function planOf(budget: number, frozen?: readonly string[]): Promise<ProgramPlan> {
  const programs = await smallVgg(withBudget(budget).on, frozen).ready();
  return programs.plan("train", batch, sample);
}

/** The plan for the smallest budget that can be met. */
async function tightestPlan(frozen?: readonly string[]): Promise<ProgramPlan> {
  let plan = await planOf(Infinity, frozen);
  for (;;) {
    try {
      plan = await planOf(plan.memory.total - 1, frozen);
    } catch (error) {
      if (error instanceof WgraftError && error.code === "out-of-memory") return plan;
      throw error;
    }
  }
}

/** Weights and figures after a few steps. */
async function trained(model: Sequential): Promise<number[][]> {
  const random = mulberry32(3);
  const x = tensor(
    Float32Array.from({ length: batch * size * size * 3 }, () => random() - 0.5),
    [batch, size, size, 3],
  );
  const y = tensor(Float32Array.of(0, 1, 1, 0), [batch, 1]);
  const figures = [];
  for (let step = 0; step < 3; step++) figures.push(await model.trainOnBatch(x, y));
  const weights = await model.getWeights();
  return [...figures, ...weights.map((w) => [...w.dataSync()])];
}

const repeated = ({ lowered }: ProgramPlan) =>
  lowered.steps.filter(({ node }) => node.original).map(({ node }) => `${node.scope} ${node.op.name}`);

describe("a training over its memory budget", () => {
  it("takes the very same steps, with dropout, pooling and normalisation computed again", async () => {
    const plan = await tightestPlan();
    expect(repeated(plan)).toEqual(
      expect.arrayContaining(["drop1 dropout", "pool1 max_pool2d", "norm batch_norm_inference"]),
    );
    const { on, notes } = withBudget(plan.memory.total);
    const model = smallVgg(on);
    expect(await trained(model)).toEqual(await trained(smallVgg(device)));
    const program = await (await model.ready()).train(batch, sample);
    expect(program.memory).toEqual(plan.memory);
    expect(program.toString()).toMatch(/nodes run again, from \d+ checkpoints/);
    expect(notes).toEqual([
      expect.stringMatching(
        /^planned 0\.\d MiB of GPU memory, over the budget of 0\.\d MiB; recomputing activations from \d+ checkpoints, now 0\.\d MiB$/,
      ),
    ]);
  });

  it("takes less by as much as the plan says, and computes no more again than it must", async () => {
    const plain = await planOf(Infinity);
    expect(plain.recomputation).toBeUndefined();
    const tight = await tightestPlan();
    const loose = await planOf(plain.memory.total - 1);
    for (const plan of [loose, tight]) {
      expect(plan.recomputation!.plainTotal).toBe(plain.memory.total);
      expect(plan.memory.total).toBeLessThan(plain.memory.total);
      expect(plan.recomputation!.nodes).toBe(repeated(plan).length);
    }
    expect(loose.recomputation!.flops).toBeLessThan(tight.recomputation!.flops);
  });

  it("computes nothing of a frozen prefix again", async () => {
    const plan = await tightestPlan(["conv1", "conv2"]);
    expect(repeated(plan)).not.toEqual([]);
    expect(repeated(plan).join("\n")).not.toMatch(/^(conv1|conv2|pool1|drop1) /m);
  });

  it("is refused where no choice fits: planned, budget, what to do", async () => {
    await expect(planOf(1000)).rejects.toMatchObject({ code: "out-of-memory" });
    await expect(planOf(1000)).rejects.toThrow(
      /needs 0\.\d MiB of GPU memory, 0\.\d MiB with activations computed again, over the budget of 1000 bytes; use a smaller batch/,
    );
  });
});

describe("a device that runs out of memory", () => {
  /** Fails as `Device.guarded` does, while more than `limit` bytes of storage would be held. */
  function limited(limit: number) {
    let held = 0;
    const storageBuffer = (bytes: number, label: string) => {
      if (held + bytes > limit) throw new WgraftError("out-of-memory", "the GPU is out of memory");
      const buffer = device.storageBuffer(bytes, label);
      const destroy = buffer.destroy.bind(buffer);
      held += buffer.size;
      buffer.destroy = () => {
        held -= buffer.size;
        return destroy();
      };
      return buffer;
    };
    const heldNow = () => held;
    return { ...withBudget(Infinity, { storageBuffer: { value: storageBuffer } }), heldNow };
  }

  it("computes activations again instead, once, and says so; the weights are those of before", async () => {
    const [plain, least] = [await planOf(Infinity), await tightestPlan()];
    const inStorage = ({ memory }: ProgramPlan) => memory.total - memory.params;
    const { on, notes, heldNow } = limited(inStorage(plain) - 1);
    const model = smallVgg(on);
    expect(await trained(model)).toEqual(await trained(smallVgg(device)));
    expect(notes).toEqual([expect.stringMatching(/more than the GPU has left; recomputing activations/)]);
    expect(heldNow()).toBe(inStorage(least));
  });

  it("holds nothing after a failure, and the weights are still there", async () => {
    const { on, heldNow } = limited(2000);
    const model = smallVgg(on);
    const before = await smallVgg(device).getWeights();
    const programs = await model.ready();
    await expect(programs.train(batch, sample)).rejects.toMatchObject({ code: "out-of-memory" });
    expect(heldNow()).toBe(0);
    const after = await model.getWeights();
    expect(after.map((w) => w.dataSync())).toEqual(before.map((w) => w.dataSync()));
  });
});

describe("the choice of checkpoints", () => {
  /** A chain of equal layers, each of which keeps its output. */
  function chain(length: number) {
    const graph = new Graph();
    const biases = Array.from({ length }, (_, i) => graph.variable(new Variable(`b${i}`, [1024])));
    const layer = (x: Value, b: Value) => graph.add(sigmoid, [graph.add(biasAdd, [x, b], {})], {});
    const loss = graph.add(mean, [biases.reduce(layer, graph.input("x", float32(64, 1024)))], {});
    const grads = gradients(graph, loss, biases);
    return { graph, outputs: Object.fromEntries(grads.map((grad, i) => [`g${i}`, grad!])) };
  }

  it.each([16, 64])("keeps in the order of √n activations of a chain of %i", (length) => {
    const { graph, outputs } = chain(length);
    const one = 4 * 64 * 1024;
    const plain = planWithin(graph, outputs, testCaps, Infinity);
    const least = leastPlan(graph, outputs, testCaps);
    expect(plain.memory.intermediates / one).toBeGreaterThan(length);
    expect(least.memory.intermediates / one).toBeLessThan(2 * Math.sqrt(length) + 7);
    // Every layer at most once more.
    expect(least.recomputation!.nodes).toBeLessThanOrEqual(2 * length);
  });
});
