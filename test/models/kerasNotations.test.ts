/** What Keras takes in files for one and the same argument, loss, metric or optimizer. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openArchive } from "../../src/io/keras/archive.js";
import { parseModelConfig } from "../../src/io/keras/modelConfig.js";
import { readModelConfig } from "../../src/io/keras/readModelConfig.js";
import type { SavedFile } from "../../src/io/keras/savedFile.js";
import { parseLoss } from "../../src/models/losses.js";
import { buildModel } from "../../src/models/saving/load.js";
import { metricOf } from "../../src/models/saving/savedMetric.js";
import { compileOptions, lossRecordOf } from "../../src/models/saving/training.js";
import { plainConfig, plainEntries } from "../support/plainModel.js";
import { zip } from "../support/zip.js";

const origin = { file: "m.h5", kerasVersion: "2.15.0" };

describe("an archive whose names use backslashes", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("is read where they are of other entries", async () => {
    const path = join(folder, "assets.keras");
    const entries = await plainEntries();
    await writeFile(path, zip([...entries, { name: "assets\\vocabulary.txt", content: "x" }]));
    const archive = await openArchive(path);
    expect(archive.config).toEqual(plainConfig());
    archive.remove();
  });

  it.each(["model\\", "model/"])(
    "is refused in one line where it has the folder %s around it",
    async (folderName) => {
      const path = join(folder, "folder.keras");
      const entries = await plainEntries();
      await writeFile(path, zip(entries.map((entry) => ({ ...entry, name: folderName + entry.name }))));
      await expect(openArchive(path)).rejects.toThrow(
        `${path}: is not a .keras file: it holds no config.json; its model/config.json has to be at the top of the archive`,
      );
    },
  );
});

describe("0 and 1 stand for flags", () => {
  const build = (class_name: string, config: object) => {
    const layers = [
      { class_name: "InputLayer", config: { name: "input", batch_shape: [null, 2] } },
      { class_name, config: { name: "layer", ...config } },
    ];
    const json = { class_name: "Sequential", config: { name: "m", layers } };
    return buildModel(parseModelConfig(json, "m.h5"), origin).layers.at(-1)!;
  };

  it.each([
    [1, true],
    [0, false],
  ])("%s", (json, value) => {
    const norm = build("BatchNormalization", { scale: json, center: json, trainable: json });
    expect(norm.getConfig()).toMatchObject({ scale: value, center: value });
    expect(norm.trainable).toBe(value);
    const dense = build("Dense", { units: 1, use_bias: json });
    expect(dense.weights.map(({ name }) => name)).toEqual(value ? ["kernel", "bias"] : ["kernel"]);
  });

  it("nothing else does", () => {
    for (const scale of [2, -1, "true", [], {}])
      expect(() => build("BatchNormalization", { scale })).toThrow(/scale is .*: expected true or false/);
  });
});

describe("losses", () => {
  const ofBinary = ["binary_crossentropy", "BinaryCrossentropy", "bce", "BCE"];
  it.each([
    ...ofBinary.map((name) => [name, "binary_crossentropy"] as const),
    ["CategoricalCrossentropy", "categorical_crossentropy"] as const,
    ["SparseCategoricalCrossentropy", "sparse_categorical_crossentropy"] as const,
    [{ class_name: "function", config: "binary_crossentropy" }, "binary_crossentropy"] as const,
  ])("%j is %s", (saved, name) => {
    expect(parseLoss(saved)).toBe(name);
    expect(lossRecordOf(saved)).toMatchObject({ loss: name, fromLogits: false });
  });

  it("reads objects of classes", () => {
    const config = { name: "binary_crossentropy", reduction: "sum_over_batch_size", from_logits: true };
    const record = lossRecordOf({ class_name: "BinaryCrossentropy", config });
    expect(record).toMatchObject({ loss: "binary_crossentropy", fromLogits: true });
  });

  it.each(["mse", "MSE", "Bce", "binary_Crossentropy", "KLDivergence", 3, null, {}])(
    "refuses %j",
    (saved) => {
      expect(() => parseLoss(saved)).toThrow(/^loss .* is not known/);
    },
  );
});

describe("metrics", () => {
  const object = (class_name: string, config: object) => ({ class_name, config });
  it.each([
    ["acc", "acc"],
    ["accuracy", "accuracy"],
    ["binary_accuracy", "binary_accuracy"],
    ["BinaryAccuracy", "binary_accuracy"],
    ["CategoricalAccuracy", "categorical_accuracy"],
    ["SparseCategoricalAccuracy", "sparse_categorical_accuracy"],
    [object("MeanMetricWrapper", { name: "acc", dtype: "float32", fn: "binary_accuracy" }), "acc"],
    [object("MeanMetricWrapper", { name: "mine", fn: "categorical_accuracy" }), "categorical_accuracy"],
    [object("BinaryAccuracy", { name: "binary_accuracy", threshold: 0.5 }), "binary_accuracy"],
    [object("CategoricalAccuracy", { name: "accuracy" }), "accuracy"],
    [object("keras>SparseCategoricalAccuracy", {}), "sparse_categorical_accuracy"],
    [{ config: { name: "accuracy" } }, "accuracy"],
  ])("%j is %s", (saved, name) => {
    expect(metricOf(saved)).toBe(name);
  });

  it.each([
    ["AUC"],
    ["Accuracy"],
    [object("AUC", { name: "acc" })],
    [object("Accuracy", { name: "accuracy" })],
    [object("BinaryAccuracy", { name: "binary_accuracy", threshold: 0.7 })],
    [object("MeanMetricWrapper", { name: "acc", fn: "top_k_categorical_accuracy" })],
    [3],
    [null],
  ])("refuses %j", (saved) => {
    expect(() => metricOf(saved)).toThrow(/^metric /);
  });
});

it.each(["adam", "Adam", "rmsprop", "sgd"])(
  "an optimizer may be the name %s, at its defaults",
  (optimizer) => {
    const config = { ...plainConfig(), compile_config: { optimizer, loss: "bce", metrics: ["acc"] } };
    const archive = { config, kerasVersion: "3.15.1" };
    const saved = { path: "m.keras", hdf5: {}, archive } as unknown as SavedFile;
    const options = compileOptions(readModelConfig(saved).trainingConfig!);
    const { className, learningRate } = options.optimizer as { className: string; learningRate: number };
    expect(className.toLowerCase()).toBe(optimizer.toLowerCase());
    expect(learningRate).toBe(optimizer === "sgd" ? 0.01 : 0.001);
  },
);
