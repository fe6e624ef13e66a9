/** What a head's outputs mean: by its activation, a from_logits record or the compiled loss; else they are values. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { classify } from "../../src/models/data/score.js";
import { Activation } from "../../src/models/layers/activations/activation.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Flatten } from "../../src/models/layers/reshaping/flatten.js";
import { Reshape } from "../../src/models/layers/reshaping/reshape.js";
import type { LossName } from "../../src/models/losses.js";
import { meaningOfOutput } from "../../src/models/outputs.js";
import { loadModel } from "../../src/models/saving/load.js";
import { Sequential } from "../../src/models/sequential.js";
import { tensor } from "../../src/tensor.js";
import { Classifier } from "../../src/transfer/classifier/classifier.js";
import { evaluateOnImages } from "../../src/transfer/classifier/evaluate.js";
import { writeImageFolders } from "../../examples/synthetic/images.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
let folder: string;
beforeAll(async () => {
  device = await createTestDevice();
  folder = await mkdtemp(join(tmpdir(), "wgraft-outputs-"));
});
afterAll(async () => {
  device.destroy();
  await rm(folder, { recursive: true, force: true });
});

type Kind = "sigmoid" | "softmax" | "linear";
const head = (activation: Kind, units: number) =>
  new Sequential([new Dense({ units, activation, inputDim: 3 })], { device, seed: 2 });

describe("meaningOfOutput", () => {
  it.each<Kind>(["sigmoid", "softmax"])(
    "is probabilities after %s, as a layer of its own too",
    (activation) => {
      expect(meaningOfOutput(head(activation, 2))).toBe("probabilities");
      const layers = [new Dense({ units: 2, inputDim: 3 }), new Activation({ activation })];
      expect(meaningOfOutput(new Sequential(layers, { device }))).toBe("probabilities");
      const inner = new Sequential(
        layers.map((layer) => layer),
        { device },
      );
      const outer = new Sequential([inner, new Reshape({ targetShape: [2] })], { device });
      expect(meaningOfOutput(outer)).toBe("probabilities");
    },
  );

  it("is values for a linear head that no loss explains", () => {
    expect(meaningOfOutput(head("linear", 2))).toBe("values");
  });

  it("goes by from_logits, else by the loss, and survives a file", async () => {
    for (const fromLogits of [true, false]) {
      const model = head("linear", 1);
      model.compile({ loss: "binary_crossentropy", fromLogits });
      const meaning = fromLogits ? "logits" : "probabilities";
      expect(meaningOfOutput(model)).toBe(meaning);
      const path = join(folder, `${meaning}.h5`);
      await model.save(path);
      const loaded = await loadModel(path, { device });
      expect(loaded.compilation).toMatchObject({ loss: "binary_crossentropy", fromLogits });
      expect(meaningOfOutput(loaded)).toBe(meaning);
    }
  });
});

it.each<[LossName, Kind, number]>([
  ["binary_crossentropy", "sigmoid", 1],
  ["categorical_crossentropy", "softmax", 3],
  ["sparse_categorical_crossentropy", "softmax", 3],
])(
  "%s from logits is that of the probabilities, in evaluation and training",
  async (loss, activation, units) => {
    const x = tensor(
      Array.from({ length: 12 }, (_, i) => Math.sin(i)),
      [4, 3],
    );
    const rows = [1, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0];
    const y =
      loss === "categorical_crossentropy"
        ? tensor(rows, [4, 3])
        : tensor(units === 1 ? [0, 1, 1, 0] : [0, 2, 1, 0], [4, 1]);
    const [withActivation, linear] = [head(activation, units), head("linear", units)];
    withActivation.compile({ optimizer: "sgd", loss });
    linear.compile({ optimizer: "sgd", loss, fromLogits: true });
    for (let step = 0; step < 2; step++) {
      const { loss: expected } = await withActivation.evaluate(x, y);
      expect((await linear.evaluate(x, y)).loss).toBeCloseTo(expected, 5);
      await withActivation.fit(x, y, { shuffle: false });
      await linear.fit(x, y, { shuffle: false });
    }
  },
);

describe("classify", () => {
  it("takes the sigmoid of one logit, which is class 1 above 0", () => {
    const [low, high] = classify(tensor([0.3, -0.2], [2, 1]), 2, "logits");
    expect(low).toMatchObject({ predicted: 1 });
    expect(low.probability).toBeCloseTo(1 / (1 + Math.exp(-0.3)), 6);
    expect(high).toMatchObject({ predicted: 0 });
    expect(high.probability).toBeCloseTo(1 / (1 + Math.exp(-0.2)), 6);
  });

  it("takes the softmax of several, large ones too", () => {
    const [{ predicted, probabilities }] = classify(tensor([1000, 1001, 999], [1, 3]), 3, "logits");
    const sum = 1 + Math.exp(-1) + Math.exp(-2);
    expect(predicted).toBe(1);
    [Math.exp(-1) / sum, 1 / sum, Math.exp(-2) / sum].forEach((p, i) =>
      expect(probabilities[i]).toBeCloseTo(p, 6),
    );
  });

  it("never prints more than 1 for a probability, and none for values", () => {
    expect(classify(tensor([1.59], [1, 1]), 2, "probabilities")).toMatchObject([
      { predicted: 1, probability: 1, probabilities: [0, 1] },
    ]);
    expect(() => classify(tensor([1.59], [1, 1]), 2, "values")).toThrow(/are values, not probabilities/);
  });
});

describe("a saved head without an activation", () => {
  const imageHead = (units: number) =>
    new Sequential([new Flatten({ inputShape: [8, 8, 3] }), new Dense({ units })], { device, seed: 4 });
  const image = () => join(folder, "images", "test", "discs", "discs.0.jpg");

  beforeAll(async () => {
    await writeImageFolders(join(folder, "images"), { train: 1, validation: 1, test: 3, size: 8 });
  });

  it("is read by its from_logits record: predict, confusion matrix; acc stays Keras's, with a note", async () => {
    const model = imageHead(1);
    model.compile({ loss: "binary_crossentropy", fromLogits: true });
    const path = join(folder, "logits-of-images.h5");
    await model.save(path);
    const options = { device, preprocess: "rescale", interpolation: "nearest" } as const;
    const classifier = await Classifier.open(path, options);
    expect(classifier.meaning).toBe("logits");
    const scores = new Map<string, number>();
    for await (const { file, values } of classifier.values([image()])) scores.set(file, values[0]);
    const [best] = await classifier.predict(image());
    const logit = scores.get(image())!;
    expect(best.label).toBe(logit > 0 ? "class 1" : "class 0");
    expect(best.probability).toBeCloseTo(1 / (1 + Math.exp(-Math.abs(logit))), 5);
    const notes: string[] = [];
    const result = await evaluateOnImages({
      ...options,
      model: path,
      data: join(folder, "images"),
      onNote: (note) => notes.push(note),
    });
    expect(notes.join()).toMatch(/outputs are logits.*acc those above 0.5, as Keras does/);
    expect(result.confusion.flat().reduce((a, b) => a + b)).toBe(6);
  });

  it("gives values where nothing is recorded, and is not evaluated", async () => {
    const path = join(folder, "values.h5");
    await imageHead(1).save(path);
    const options = { device, preprocess: "rescale", interpolation: "nearest" } as const;
    const classifier = await Classifier.open(path, options);
    expect(classifier.meaning).toBe("values");
    await expect(classifier.predict(image())).rejects.toMatchObject({ code: "bad-input" });
    for await (const { values } of classifier.values([image()])) expect(values).toHaveLength(1);
    await expect(
      evaluateOnImages({ ...options, model: path, data: join(folder, "images") }),
    ).rejects.toMatchObject({
      code: "bad-input",
      message: expect.stringMatching(/are values, not probabilities/) as string,
    });
  });
});
