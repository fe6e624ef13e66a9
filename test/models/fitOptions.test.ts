/** What Keras's `fit` takes besides data: validation_split, validation_freq, verbose, initial_epoch, shuffle, sample weights. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Sequential } from "../../src/models/sequential.js";
import { ArraySource } from "../../src/models/training/batches.js";
import { FitPrinter } from "../../src/models/training/fitPrinter.js";
import { tensor, type Tensor } from "../../src/tensor.js";
import { uniform } from "../reference/random.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const x = uniform(3, [7, 4]);
const y = tensor([0, 1, 1, 0, 1, 0, 1], [7, 1]);

function classifier(): Sequential {
  const model = new Sequential([new Dense({ units: 1, activation: "sigmoid", inputDim: 4 })], {
    ...{ device, seed: 4 },
  });
  model.compile({ optimizer: "sgd", loss: "binary_crossentropy", metrics: ["acc"] });
  return model;
}

const weightsOf = async (model: Sequential) =>
  (await model.getWeights()).flatMap((w: Tensor) => [...w.dataSync()]);

describe("validationSplit", () => {
  // Keras: int(math.floor(7 * (1 - 0.3))) = 4 samples to train on, taken before any shuffle.
  it("validates on the last samples, with their weights", async () => {
    const sampleWeight = Float32Array.of(1, 2, 0.5, 1, 3, 0.25, 1);
    const [split, given] = [classifier(), classifier()];
    const options = { epochs: 3, batchSize: 2 };
    const a = await split.fit(x, y, { ...options, sampleWeight, validationSplit: 0.3 });
    const b = await given.fit(x.slice(0, 4), y.slice(0, 4), {
      ...options,
      sampleWeight: sampleWeight.slice(0, 4),
      validationData: [x.slice(4, 7), y.slice(4, 7), sampleWeight.slice(4)],
    });
    expect(a.history).toEqual(b.history);
    expect(Object.keys(a.history)).toEqual(["loss", "acc", "val_loss", "val_acc"]);
    expect(await weightsOf(split)).toEqual(await weightsOf(given));
  });

  it("gives way to validationData", async () => {
    const validationData = [x.slice(0, 2), y.slice(0, 2)] as const;
    const [both, one] = [classifier(), classifier()];
    const a = await both.fit(x, y, { validationData, validationSplit: 0.5 });
    const b = await one.fit(x, y, { validationData });
    expect(a.history).toEqual(b.history);
  });

  it.each([0, 1, 2, -0.1, NaN, "0.2"])("refuses %s", async (validationSplit) => {
    const options = { validationSplit: validationSplit as number };
    await expect(classifier().fit(x, y, options)).rejects.toThrow(
      /^fit: validationSplit: expected a number above 0 and below 1, or null, got/,
    );
  });

  it("refuses a share that leaves no sample to train on", async () => {
    await expect(classifier().fit(x.slice(0, 1), y.slice(0, 1), { validationSplit: 0.5 })).rejects.toThrow(
      "fit: validationSplit: 0.5 of 1 samples leaves none to train on",
    );
  });

  it("refuses generators and sources of batches, which it cannot split", async () => {
    const options = { stepsPerEpoch: 1, validationSplit: 0.5 };
    const refusal = "fit: validationSplit: only tensors can be split";
    const batches = [[x, y]] as const;
    await expect(classifier().fit(batches, options)).rejects.toThrow(refusal);
    const { sample, samples } = new ArraySource(x, y);
    const source = { sample, samples, batches: () => [] };
    await expect(classifier().fit(source, options)).rejects.toThrow(refusal);
  });
});

describe("validationFreq", () => {
  const validated = async (validationFreq: number | readonly number[], initialEpoch = 0) => {
    const epochs: number[] = [];
    const onEpochEnd = (epoch: number, logs: object) => {
      if ("val_loss" in logs) epochs.push(epoch + 1);
    };
    const { history } = await classifier().fit(x, y, {
      ...{ epochs: 5, initialEpoch, validationSplit: 0.3, validationFreq, callbacks: [{ onEpochEnd }] },
    });
    expect(history.loss).toHaveLength(5 - initialEpoch);
    expect(history.val_loss ?? []).toHaveLength(epochs.length);
    return epochs;
  };

  it("validates after every n-th epoch", async () => {
    expect(await validated(1)).toEqual([1, 2, 3, 4, 5]);
    expect(await validated(2)).toEqual([2, 4]);
    expect(await validated(2, 3)).toEqual([4]);
    expect(await validated(6)).toEqual([]);
  });

  it("validates after the listed epochs", async () => {
    expect(await validated([1, 2, 5])).toEqual([1, 2, 5]);
  });

  it.each([0, 1.5, [0], ["1"], "2"])("refuses %j", async (validationFreq) => {
    await expect(
      classifier().fit(x, y, { validationFreq: validationFreq as number, validationSplit: 0.3 }),
    ).rejects.toThrow(
      "fit: validationFreq: expected a positive integer, or a list of epochs counted from 1, got",
    );
  });
});

describe("initialEpoch and shuffle", () => {
  it("continue the epochs of an earlier fit", async () => {
    const [whole, parts] = [classifier(), classifier()];
    const a = await whole.fit(x, y, { epochs: 4, batchSize: 3 });
    await parts.fit(x, y, { epochs: 2, batchSize: 3 });
    const b = await parts.fit(x, y, { epochs: 4, initialEpoch: 2, batchSize: 3 });
    expect(b.epoch).toEqual([2, 3]);
    expect(b.history.loss).toEqual(a.history.loss.slice(2));
    expect(await weightsOf(parts)).toEqual(await weightsOf(whole));
  });

  it("keep the order of the samples with shuffle: false", async () => {
    const [still, shuffled] = [classifier(), classifier()];
    const steps = classifier();
    await still.fit(x, y, { batchSize: 1, shuffle: false });
    await shuffled.fit(x, y, { batchSize: 1 });
    for (let i = 0; i < 7; i++) await steps.trainOnBatch(x.slice(i, i + 1), y.slice(i, i + 1));
    expect(await weightsOf(still)).toEqual(await weightsOf(steps));
    expect(await weightsOf(shuffled)).not.toEqual(await weightsOf(steps));
  });
});

describe("verbose", () => {
  afterEach(() => vi.restoreAllMocks());

  const figures = "loss: \\d\\.\\d{4} - acc: \\d\\.\\d{4} - val_loss: \\d\\.\\d{4} - val_acc: \\d\\.\\d{4}";
  const line = `3/3 - \\d+s - \\d+ms/step - ${figures}`;

  it.each([
    [0, /^$/],
    [2, new RegExp(`^Epoch 1/2\\n${line}\\nEpoch 2/2\\n${line}\\n$`)],
    [undefined, /^$/],
  ] as const)("%s prints that much to stderr", async (verbose, printed) => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    await classifier().fit(x, y, { epochs: 2, batchSize: 2, validationSplit: 0.2, verbose });
    expect(write.mock.calls.map(([text]) => String(text)).join("")).toMatch(printed);
  });

  it("1 redraws its line on a terminal, and prints it once elsewhere", () => {
    vi.spyOn(performance, "now").mockReturnValueOnce(0).mockReturnValue(2000);
    for (const isTTY of [true, false]) {
      const printed: string[] = [];
      const printer = new FitPrinter(1, 3, undefined, { isTTY, write: (text) => printed.push(text) });
      printer.onEpochBegin(0);
      printer.onBatchEnd(0, { loss: 0.5 });
      printer.onEpochEnd(0, { loss: 0.5, tiny: 0.00001, zero: 0, bad: NaN });
      const last = "loss: 0.5000 - tiny: 1.0000e-5 - zero: 0.0000 - bad: NaN";
      expect(printed[0]).toBe("Epoch 1/3\n");
      expect(printed.at(-1)).toContain(last);
      expect(printed.length).toBe(isTTY ? 3 : 2);
      if (isTTY) expect(printed[1]).toBe("\r1 - 2s - 2000ms/step - loss: 0.5000\x1b[K");
    }
  });

  it("refuses what Keras does not have", async () => {
    await expect(classifier().fit(x, y, { verbose: 3 as 2 })).rejects.toThrow(
      "fit: verbose: expected 0, 1 or 2, got 3",
    );
  });
});
