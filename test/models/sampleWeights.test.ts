/** Class and sample weights: against Keras 3.15.1 (test/golden/sampleWeights/make.py), and the gradient by differences. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import type { LossName } from "../../src/models/losses.js";
import { SGD } from "../../src/models/optimizers/sgd.js";
import { Sequential } from "../../src/models/sequential.js";
import type { Batch, BatchSource } from "../../src/models/training/batches.js";
import type { Logs } from "../../src/models/training/history.js";
import {
  checkClassWeight,
  sampleWeightTensor,
  weightsOfLabels,
  type ClassWeight,
} from "../../src/models/training/sampleWeights.js";
import { ArraySource } from "../../src/models/training/batches.js";
import { tensor, type Tensor } from "../../src/tensor.js";
import { finiteDifference } from "../reference/finiteDifference.js";
import { binaryCrossentropy, categoricalCrossentropy, oneHot } from "../reference/losses.js";
import { expectClose } from "../support/expectClose.js";
import { goldenPath } from "../support/golden.js";
import { createTestDevice } from "../support/run.js";

interface Case {
  loss: LossName;
  class_weight?: ClassWeight;
  sample_weight?: number[];
  history: Record<string, number[]>;
  weights: number[][];
  on_batch: number[];
  evaluated?: number[];
}
interface Golden {
  x: number[];
  xv: number[];
  kernels: Record<string, number[]>;
  classes: Record<string, number[]>;
  classes_v: Record<string, number[]>;
  sample_weight: number[];
  cases: Case[];
}
const golden = JSON.parse(readFileSync(goldenPath("sampleWeights/sampleWeights.json"), "utf8")) as Golden;
const x = tensor(golden.x, [7, 3]);
const tolerance = { relative: 2e-5, absolute: 2e-6 };

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const unitsOf = (loss: LossName) => (loss === "binary_crossentropy" ? 1 : 3);

function labelsOf(loss: LossName, classes: readonly number[]): Tensor<"float32"> {
  if (loss === "categorical_crossentropy")
    return tensor(Float32Array.from(oneHot(classes, 3)), [classes.length, 3]);
  return tensor(classes, [classes.length, 1]);
}

async function build(loss: LossName, learningRate = 0.5): Promise<Sequential> {
  const units = unitsOf(loss);
  const activation = units === 1 ? "sigmoid" : "softmax";
  const model = new Sequential([new Dense({ units, activation, inputDim: 3 })], { device, seed: 1 });
  await model.setWeights([tensor(golden.kernels[units], [3, units]), tensor(new Float32Array(units))]);
  model.compile({ optimizer: new SGD({ learningRate }), loss, metrics: ["acc"] });
  return model;
}

const asArrays = (weights: Tensor[]) => weights.map((w) => [...w.dataSync()]);

describe("class and sample weights in a fit", () => {
  const fits = golden.cases.filter(({ evaluated }) => !evaluated);
  const title = ({ loss, class_weight: c, sample_weight: s }: Case) =>
    `${loss} ${JSON.stringify(c ?? s ?? {})}`;

  it.each(fits.map((c) => [title(c), c] as const))("do as Keras does: %s", async (_, wanted) => {
    const { loss, class_weight: classWeight, sample_weight: sampleWeight } = wanted;
    const y = labelsOf(loss, golden.classes[unitsOf(loss)]);
    const validationData = [
      tensor(golden.xv, [4, 3]),
      labelsOf(loss, golden.classes_v[unitsOf(loss)]),
    ] as const;
    const options = { ...(classWeight && { classWeight }), ...(sampleWeight && { sampleWeight }) };
    const model = await build(loss);
    const { history } = await model.fit(x, y, {
      ...{ batchSize: 4, epochs: 2, shuffle: false, validationData },
      ...options,
    });
    for (const [name, figures] of Object.entries(wanted.history))
      expectClose(history[name], figures, tolerance);
    expectClose(asArrays(await model.getWeights()).flat(), wanted.weights.flat(), tolerance);
    const stepped = await build(loss);
    expectClose(await stepped.trainOnBatch(x, y, options), wanted.on_batch, tolerance);
  });

  it.each(golden.cases.filter(({ evaluated }) => evaluated))(
    "scale the loss of evaluate: $loss",
    async (c) => {
      const y = labelsOf(c.loss, golden.classes[unitsOf(c.loss)]);
      const model = await build(c.loss);
      const { loss, acc } = await model.evaluate(x, y, { sampleWeight: golden.sample_weight, batchSize: 4 });
      expectClose([loss, acc], c.evaluated!, tolerance);
    },
  );

  it("follow the samples through a shuffled fit", async () => {
    // Only samples of weight 0 disagree with the others: a weight at another sample would move the kernel elsewhere.
    const loss = "binary_crossentropy";
    const y = labelsOf(loss, golden.classes[1]);
    const kept = [0, 2, 5];
    const sampleWeight = Float32Array.from({ length: 7 }, (_, i) => (kept.includes(i) ? 7 / 3 : 0));
    const rows = (t: Tensor, width: number) =>
      tensor(Float32Array.from(kept.flatMap((i) => [...t.slice(i, i + 1).dataSync()])), [3, width]);
    const [weighted, few] = [await build(loss), await build(loss)];
    await weighted.fit(x, y, { epochs: 5, batchSize: 7, sampleWeight: tensor(sampleWeight) });
    await few.fit(rows(x, 3), rows(y, 1), { epochs: 5, batchSize: 3, shuffle: false });
    expectClose(
      asArrays(await weighted.getWeights()).flat(),
      asArrays(await few.getWeights()).flat(),
      tolerance,
    );
  });
});

describe("the gradient of a weighted loss", () => {
  const weights = golden.sample_weight;

  it.each<LossName>(["binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"])(
    "is that of the float64 reference: %s",
    async (loss) => {
      const units = unitsOf(loss);
      const classes = golden.classes[units];
      const lossAt = (kernel: Float64Array): Float64Array => {
        const logits = Float64Array.from({ length: 7 * units }, (_, i) => {
          const [row, unit] = [Math.floor(i / units), i % units];
          return [0, 1, 2].reduce((sum, k) => sum + golden.x[row * 3 + k] * kernel[k * units + unit], 0);
        });
        const each =
          units === 1
            ? binaryCrossentropy(Float64Array.from(classes), logits, 1, true)
            : categoricalCrossentropy(oneHot(classes, 3), logits, 3, true);
        return Float64Array.of(each.reduce((sum, value, i) => sum + value * weights[i], 0) / 7);
      };
      const kernel = Float64Array.from(golden.kernels[units]);
      const gradient = finiteDifference(lossAt, kernel, Float64Array.of(1));
      const model = await build(loss, 1);
      const [value] = await model.trainOnBatch(x, labelsOf(loss, classes), { sampleWeight: weights });
      const [after] = await model.getWeights();
      expectClose([value], lossAt(kernel), tolerance);
      // At a rate of 1 a step of SGD is the gradient.
      expectClose(
        kernel.map((w, i) => w - after.dataSync()[i]),
        gradient,
        { relative: 1e-5, absolute: 1e-6 },
      );
      const unweighted = await build(loss, 1);
      await unweighted.trainOnBatch(x, labelsOf(loss, classes));
      expect(asArrays(await unweighted.getWeights())).not.toEqual(asArrays(await model.getWeights()));
    },
  );
});

describe("what weights cost", () => {
  it("is nothing where there are none: no input, no dispatch, no other program", async () => {
    const model = await build("binary_crossentropy");
    const programs = await model.ready();
    const sample = { shape: [3], dtype: "float32" } as const;
    const [plain, weighted] = [await programs.train(7, sample), await programs.train(7, sample, true)];
    expect(await programs.train(7, sample, false)).toBe(plain);
    expect(await programs.train(7, sample, true)).toBe(weighted);
    expect(weighted).not.toBe(plain);
    expect([plain.hasInput("sampleWeight"), weighted.hasInput("sampleWeight")]).toEqual([false, true]);
    const dispatches = (text: string) =>
      text.split("\n").filter((line) => line.includes("elementwise_binary"));
    expect(dispatches(plain.toString())).toHaveLength(0);
    // One on the way forward, one on the way back.
    expect(dispatches(weighted.toString())).toHaveLength(2);
  });
});

describe("weights of labels", () => {
  it("come from the class index, rounded, or from the largest of a row; 1 where the class has none", () => {
    const weigh = (labels: number[], samples: number, w: ClassWeight) => [
      ...weightsOfLabels(Float32Array.from(labels), samples, w),
    ];
    expect(weigh([0, 1, 2, 0.9, 0.5, 1.5], 6, { 0: 3, 1: 2 })).toEqual([3, 2, 1, 2, 3, 1]);
    expect(weigh([0.1, 0.8, 0.1, 1, 0, 0, 0.5, 0.5, 0], 3, { 0: 4, 1: 0 })).toEqual([0, 4, 4]);
    expect(weigh([NaN], 1, { 0: 4 })).toEqual([1]);
  });

  it("reach the batches of a source that has labels only", async () => {
    const y = labelsOf("binary_crossentropy", golden.classes[1]);
    const fromTensors = await build("binary_crossentropy");
    const fromSource = await build("binary_crossentropy");
    const options = { classWeight: { 1: 2.5 }, batchSize: 4, shuffle: false, epochs: 2 };
    const a = await fromTensors.fit(x, y, options);
    const b = await fromSource.fit(new ArraySource(x, y), options);
    expect(b.history).toEqual(a.history);
  });

  it("may come with the batches of a source", async () => {
    const y = labelsOf("binary_crossentropy", golden.classes[1]);
    const source: BatchSource = {
      sample: { shape: [3], dtype: "float32" },
      samples: 7,
      *batches(): Iterable<Batch> {
        const [x_, y_] = [x.dataSync(), y.dataSync()];
        yield { size: 7, x: x_, y: y_, sampleWeight: Float32Array.from(golden.sample_weight) };
      },
    };
    const [own, given] = [await build("binary_crossentropy"), await build("binary_crossentropy")];
    const { history } = await own.fit(source, { batchSize: 7 });
    const { sample_weight: sampleWeight } = golden;
    expect(history).toEqual((await given.fit(x, y, { batchSize: 7, shuffle: false, sampleWeight })).history);
    const scored: Logs = await own.evaluate(source);
    expectClose([scored.loss], [(await own.evaluate(x, y, { sampleWeight })).loss], tolerance);
    await expect(own.fit(source, { classWeight: { 0: 2 } })).rejects.toMatchObject({ code: "usage" });
  });
});

describe("bad weights", () => {
  const usage = (words: RegExp) =>
    expect.objectContaining({ code: "usage", message: expect.stringMatching(words) as string }) as Error;

  it.each([
    [{ 0: -1 }, /classWeight of class 0: expected a finite number of at least 0, got -1/],
    [{ 1: NaN }, /of class 1: .* got NaN/],
    [{ 1: Infinity }, /got Infinity/],
    [{ 2: 1 }, /there is no class 2; the model's classes are 0 to 1/],
    [{ [-1]: 1 }, /there is no class -1/],
    [{ cats: 1 } as ClassWeight, /there is no class cats/],
  ])("are refused: %o", (classWeight, words) => {
    expect(() => checkClassWeight(classWeight, [1])).toThrow(usage(words));
  });

  it("are refused by fit and trainOnBatch before a step is taken", async () => {
    const model = await build("sparse_categorical_crossentropy");
    const y = labelsOf("sparse_categorical_crossentropy", golden.classes[3]);
    const before = asArrays(await model.getWeights());
    const { sample_weight: sampleWeight } = golden;
    await expect(model.fit(x, y, { classWeight: { 3: 1 } })).rejects.toThrow(usage(/no class 3/));
    await expect(model.trainOnBatch(x, y, { classWeight: { 0: NaN } })).rejects.toThrow(usage(/got NaN/));
    const both = { classWeight: { 0: 2 }, sampleWeight };
    await expect(model.fit(x, y, both)).rejects.toThrow(
      usage(/either classWeight or sampleWeight, not both/),
    );
    await expect(model.trainOnBatch(x, y, both)).rejects.toThrow(usage(/not both/));
    await expect(model.fit(x, y, { sampleWeight: [1, 2] })).rejects.toThrow(
      expect.objectContaining({
        code: "shape",
        message: expect.stringMatching(/7 weights.*got \(2,\)/) as string,
      }),
    );
    await expect(model.fit(new ArraySource(x, y), { sampleWeight })).rejects.toThrow(
      usage(/sampleWeight goes with tensors/),
    );
    expect(asArrays(await model.getWeights())).toEqual(before);
  });

  it("of samples are named by their place", () => {
    expect(() => sampleWeightTensor([1, -2], 2)).toThrow(usage(/sampleWeight of sample 1: .* got -2/));
    expect(() => sampleWeightTensor(tensor([1, NaN], [2, 1]), 2)).toThrow(usage(/sample 1: .* got NaN/));
    expect(() => sampleWeightTensor(tensor([1, 2], [1, 2]), 1)).toThrow(/\(1, 2\)/);
  });
});
