/** Training on generators that go on for ever, and counting the batches of an epoch and of a validation. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Sequential } from "../../src/models/sequential.js";
import type { Batch, BatchSource } from "../../src/models/training/batches.js";
import type { TensorBatch } from "../../src/models/training/generatorSource.js";
import { tensor } from "../../src/tensor.js";
import { uniform } from "../reference/random.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const inputs = 5;

function classifier(): Sequential {
  const layers = [
    new Dense({ units: 8, activation: "relu", inputDim: inputs }),
    new Dense({ units: 1, activation: "sigmoid" }),
  ];
  const model = new Sequential(layers, { device, seed: 4 });
  model.compile({ optimizer: "adam", loss: "binary_crossentropy", metrics: ["acc"] });
  return model;
}

/** Batch number `i`; every third one is shorter. */
function batchOf(i: number): TensorBatch {
  const n = i % 3 === 2 ? 2 : 4;
  return [uniform(i, [n, inputs]), tensor(Float32Array.from({ length: n }, (_, k) => (i + k) % 2))];
}

/** Batches without an end, which counts those it was asked for and whether somebody closed it. */
function endless() {
  const state = { given: 0, isClosed: false };
  async function* generate(): AsyncGenerator<TensorBatch> {
    try {
      for (;;) yield batchOf(state.given++);
    } finally {
      state.isClosed = true;
    }
  }
  return { state, batches: generate() };
}

const valuesOf = async (model: Sequential) => (await model.getWeights()).map((w) => [...w.dataSync()]);

/** The steps that a fit on the batches from 0 takes, one by one. */
async function stepped(count: number) {
  const model = classifier();
  const losses: [loss: number, samples: number][] = [];
  for (let i = 0; i < count; i++) {
    const [x, y] = batchOf(i);
    const [loss] = await model.trainOnBatch(x, y);
    losses.push([loss, y.size]);
  }
  const lossOf = (part: typeof losses) =>
    part.reduce((sum, [loss, n]) => sum + loss * n, 0) / part.reduce((sum, [, n]) => sum + n, 0);
  return { model, losses, lossOf };
}

describe("fit on a generator without an end", () => {
  it("takes stepsPerEpoch of its batches an epoch, and goes on in the next where it stopped", async () => {
    const { state, batches } = endless();
    const model = classifier();
    const { history } = await model.fit(batches, { epochs: 2, stepsPerEpoch: 4 });
    expect(state).toEqual({ given: 8, isClosed: false });
    await model.fit(batches, { stepsPerEpoch: 1 });
    expect(state).toEqual({ given: 9, isClosed: false });

    const wanted = await stepped(9);
    expect(await valuesOf(model)).toEqual(await valuesOf(wanted.model));
    expect(history.loss).toHaveLength(2);
    expect(history.loss[0]).toBeCloseTo(wanted.lossOf(wanted.losses.slice(0, 4)), 6);
    expect(history.loss[1]).toBeCloseTo(wanted.lossOf(wanted.losses.slice(4, 8)), 6);
  });

  it("takes a generator that does not wait, too", async () => {
    function* generate(): Generator<TensorBatch> {
      for (let i = 0; ; i++) yield batchOf(i);
    }
    const model = classifier();
    await model.fit(generate(), { epochs: 3, stepsPerEpoch: 2 });
    expect(await valuesOf(model)).toEqual(await valuesOf((await stepped(6)).model));
  });

  it("weighs the samples as the batches say", async () => {
    async function* weighted(): AsyncGenerator<TensorBatch> {
      for (let i = 0; ; i += 3) {
        const [x, y] = batchOf(i);
        yield [x, y, [1, 0, 2, 0.5]];
      }
    }
    const model = classifier();
    await model.fit(weighted(), { stepsPerEpoch: 2 });
    const wanted = classifier();
    for (const [x, y] of [0, 3].map(batchOf))
      await wanted.trainOnBatch(x, y, { sampleWeight: [1, 0, 2, 0.5] });
    expect(await valuesOf(model)).toEqual(await valuesOf(wanted));
  });

  it("needs stepsPerEpoch, and trains nothing without", async () => {
    const model = classifier();
    const before = await valuesOf(model);
    await expect(model.fit(endless().batches)).rejects.toMatchObject({
      code: "usage",
      message: "fit: samples without an end need stepsPerEpoch, the batches of an epoch",
    });
    expect(await valuesOf(model)).toEqual(before);
  });

  it("says so where the generator ends all the same", async () => {
    const model = classifier();
    const three = [0, 1, 2].map(batchOf);
    await expect(model.fit(three, { epochs: 2, stepsPerEpoch: 2 })).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(/^fit: the generator ended before stepsPerEpoch batches/) as string,
    });
    await expect(model.fit([], { stepsPerEpoch: 2 })).rejects.toThrow("fit: the generator gave no batch");
  });

  it("refuses a batch that is not as the first one was", async () => {
    const [x, y] = batchOf(0);
    const wrong: [TensorBatch, RegExp][] = [
      [[uniform(1, [4, 6]), y], /batches of float32 samples \(5,\), .* got float32 \(4, 6\)/],
      [[tensor(new Uint8Array(20), [4, 5]), y], /got uint8 \(4, 5\)/],
      [[x.slice(0, 0), y.slice(0, 0)], /got float32 \(0, 5\)/],
      [[x, y.slice(0, 3)], /4 float32 labels for x \(4, 5\), got float32 \(3,\)/],
    ];
    for (const [batch, words] of wrong)
      await expect(classifier().fit([[x, y], batch], { stepsPerEpoch: 2 })).rejects.toThrow(words);
  });
});

/** A source of one's own that never ends by itself, in a fit as in a validation. */
class EndlessSource implements BatchSource {
  readonly sample = { shape: [inputs], dtype: "float32" } as const;
  readonly samples = Infinity;
  readonly asked: (number | undefined)[] = [];

  *batches(batchSize: number, order?: Uint32Array): Generator<Batch> {
    this.asked.push(order?.length);
    for (let i = 0; i < (order?.length ?? Infinity); i += batchSize) {
      const x = uniform(i, [batchSize, inputs]).dataSync();
      yield { size: batchSize, x, y: Float32Array.from({ length: batchSize }, (_, k) => k % 2) };
    }
  }
}

describe("a source of samples without an end", () => {
  it("is neither shuffled nor asked for more than stepsPerEpoch batches", async () => {
    const source = new EndlessSource();
    const model = classifier();
    await model.fit(source, { epochs: 2, stepsPerEpoch: 3, batchSize: 4, shuffle: true });
    expect(model.compilation!.optimizer.iterations).toBe(6);
    expect(source.asked).toEqual([undefined, undefined]);
    await expect(model.fit(source)).rejects.toThrow("need stepsPerEpoch");
  });

  it("is validated on by validationSteps, and not without", async () => {
    const [x, y] = batchOf(0);
    const model = classifier();
    const source = new EndlessSource();
    const validated = { validationData: source, batchSize: 2 };
    const { history } = await model.fit(x, y, { ...validated, validationSteps: 3 });
    expect(source.asked).toEqual([6]);
    const { loss } = await model.evaluate(source, { batchSize: 2, steps: 3 });
    expect(history.val_loss).toEqual([loss]);
    await expect(model.fit(x, y, validated)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("validationSteps") as string,
    });
    await expect(model.predict(source)).rejects.toMatchObject({ code: "usage" });
  });
});

it("validates on the first validationSteps batches", async () => {
  const [x, y] = [uniform(7, [10, inputs]), tensor(Float32Array.from({ length: 10 }, (_, i) => i % 2))];
  const model = classifier();
  const options = { batchSize: 3, stepsPerEpoch: 1, validationSteps: 2, validationData: [x, y] } as const;
  const { history } = await model.fit(x, y, options);
  const { loss, acc } = await model.evaluate(x.slice(0, 6), y.slice(0, 6), { batchSize: 3 });
  expect([history.val_loss, history.val_acc]).toEqual([[loss], [acc]]);
  expect(loss).not.toBe((await model.evaluate(x, y)).loss);
});
