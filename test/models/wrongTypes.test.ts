/** Every reader of JSON, given every value in another type: what comes is a success or an error for the user. */
import { WgraftError } from "../../src/errors.js";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TuningCache } from "../../src/io/cache/tuningCache.js";
import { openArchive } from "../../src/io/keras/archive.js";
import { readModelConfig } from "../../src/io/keras/readModelConfig.js";
import type { SavedFile } from "../../src/io/keras/savedFile.js";
import { bestEpoch } from "../../src/io/report/bestEpoch.js";
import { epochCount, historyCsv, historyJson, type History } from "../../src/io/report/history.js";
import { BatchNormalization } from "../../src/models/layers/normalization/batchNormalization.js";
import { Conv2D } from "../../src/models/layers/convolutional/conv2d.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Input } from "../../src/models/layers/core/inputLayer.js";
import { Flatten } from "../../src/models/layers/reshaping/flatten.js";
import { Model } from "../../src/models/model.js";
import { RMSprop } from "../../src/models/optimizers/rmsprop.js";
import { ExponentialDecay } from "../../src/models/optimizers/schedules/exponentialDecay.js";
import { keras3Model } from "../../src/models/saving/keras3Config.js";
import { buildModel } from "../../src/models/saving/load.js";
import { modelConfig } from "../../src/models/saving/modelConfig.js";
import { compileOptions, lossRecordOf } from "../../src/models/saving/training.js";
import { Sequential } from "../../src/models/sequential.js";
import { modelRecordOf } from "../../src/transfer/modelRecord.js";
import { parseState } from "../../src/transfer/run/checkpoint.js";
import { readRunConfig } from "../../src/transfer/run/config.js";
import { plainEntries } from "../support/plainModel.js";
import { outcomes } from "../support/wrongTypes.js";
import { zip } from "../support/zip.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A model of several kinds of layers, one of them a model. */
function sample(): Model {
  const inner = new Sequential([
    new Conv2D({ filters: 2, kernelSize: 4, inputShape: [4, 4, 3] }),
    new Flatten(),
  ]);
  const inputs = Input({ shape: [4, 4, 3] });
  const features = inner.apply(inputs, { training: false });
  return new Model({ inputs, outputs: new BatchNormalization().apply(features) });
}

const compileConfig = {
  optimizer: {
    class_name: "RMSprop",
    config: new RMSprop({
      learningRate: new ExponentialDecay({ initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.5 }),
    }).getConfig(),
  },
  loss: { class_name: "BinaryCrossentropy", config: { name: "binary_crossentropy", from_logits: false } },
  metrics: [{ class_name: "MeanMetricWrapper", config: { name: "acc", fn: "binary_accuracy" } }],
};

/** As `loadModel` does it, but for weights. */
function build(file: SavedFile): void {
  const { modelConfig: config, trainingConfig, kerasVersion } = readModelConfig(file);
  const model = buildModel(config, { file: file.path, kerasVersion });
  if (!trainingConfig) return;
  const options = compileOptions(trainingConfig);
  try {
    model.compile(options);
  } catch (cause) {
    // What a file asks for is a warning there, whatever its code.
    if (!(cause instanceof WgraftError)) throw cause;
    throw new WgraftError("not-supported", cause.message, { cause });
  }
}

/** Of an .h5: its attributes. */
function h5(attributes: Readonly<Record<string, unknown>>): SavedFile {
  const text = (name: string) => {
    const value = attributes[name];
    return value === undefined ? undefined : JSON.stringify(value);
  };
  const error = (message: string) => {
    throw new Error(message);
  };
  return { path: "m.h5", hdf5: { root: { string: text }, error } as unknown as SavedFile["hdf5"] };
}

const keras = (config: unknown): SavedFile => {
  return { path: "m.keras", hdf5: {} as SavedFile["hdf5"], archive: { config, kerasVersion: "3.15.1" } };
};

const provenance = {
  classNames: ["cats", "dogs"],
  application: "vgg16",
  layer: "block5_pool",
  inputShape: [64, 64, 3],
  preprocess: "rescale",
  interpolation: "nearest",
  weightsSha256: "random:seed=1",
  alpha: 0.5,
};
const settings = {
  ...{ data: "0123", init: null, units: 4, dropout: 0.5, optimizer: "adam", learningRate: 0.001 },
  ...{ batchSize: 20, seed: 7, shuffle: true, stepsPerEpoch: null, validationSteps: null },
  ...{ precision: "float32", classWeight: { cats: 1 } },
};

describe("a value of a wrong type is read, or refused in one line", () => {
  it("in the model's configuration of an .h5", async () => {
    const { className, config } = modelConfig(sample());
    const json = { class_name: className, config };
    const counts = await outcomes(json, (model_config) => build(h5({ model_config })));
    expect(counts.refused).toBeGreaterThan(500);
    expect(counts.read).toBeGreaterThan(100);
  });

  it("in the model's configuration of a .keras file", async () => {
    const counts = await outcomes(keras3Model(sample()), (config) => build(keras(config)));
    expect(counts.refused).toBeGreaterThan(500);
    expect(counts.read).toBeGreaterThan(100);
  });

  it("in the training configuration", async () => {
    const classifier = new Sequential([new Dense({ units: 1, activation: "sigmoid", inputDim: 2 })]);
    const { className, config } = modelConfig(classifier);
    const model_config = { class_name: className, config };
    const { optimizer: optimizer_config, ...rest } = compileConfig;
    const training = { ...rest, optimizer_config };
    const ofH5 = await outcomes(training, (t) => build(h5({ model_config, training_config: t })));
    const whole = keras3Model(classifier);
    const ofKeras = await outcomes(compileConfig, (c) => build(keras({ ...whole, compile_config: c })));
    for (const { read, refused } of [ofH5, ofKeras]) {
      expect(read).toBeGreaterThan(30);
      expect(refused).toBeGreaterThan(100);
    }
    await outcomes(compileConfig.loss, lossRecordOf);
  });

  it("in metadata.json of a .keras file", async () => {
    const path = join(folder, "m.keras");
    const [, config, weights] = await plainEntries();
    const metadata = { keras_version: "3.15.1", date_saved: "2026-01-01@00:00:00", wgraft: {} };
    const counts = await outcomes(metadata, async (json) => {
      const entry = { name: "metadata.json", content: JSON.stringify(json) };
      await writeFile(path, zip([entry, config, weights]));
      (await openArchive(path)).remove();
    });
    expect(counts.refused).toBeGreaterThan(10);
  });

  it("in the record of a model's origin", async () => {
    const record = { takes: "images", base: provenance };
    const read = (json: unknown) =>
      modelRecordOf({ record: json } as unknown as Model, join(folder, "none", "m.h5"));
    const counts = await outcomes(record, read);
    expect(counts.refused).toBeGreaterThan(100);
  });

  it("in the config.json of a run: it is of another program", async () => {
    const json = {
      ...{ wgraft: "0.1.0", features: "f.h5", epochs: 3, finishedEpochs: 2, earlyStop: null, bestEpoch: 1 },
      ...{ settings, base: provenance, adapter: "a", toggles: ["x"] },
    };
    let foreign = 0;
    const counts = await outcomes(json, async (changed) => {
      await writeFile(join(folder, "config.json"), JSON.stringify(changed));
      if ((await readRunConfig(join(folder, "model.h5"))) === undefined) foreign++;
    });
    expect(counts.refused).toBe(0);
    expect(foreign).toBeGreaterThan(150);
    await rm(join(folder, "config.json"));
  });

  it("in the state of a checkpoint, its history too", async () => {
    const state = {
      ...{ epochs: 2, wantedEpochs: 3, iterations: 8, earlyStop: null, checkpointBest: true, bestSince: 0 },
      history: { loss: [0.7, 0.6], val_acc: [0.5, null] },
      ...{ settings, base: provenance, architecture: {} },
      ...{ variables: [{ name: "b", shape: [3] }], best: null },
    };
    const counts = await outcomes(state, (json) => {
      const history = parseState(JSON.stringify(json), "state.h5").history as History;
      for (const use of [bestEpoch, epochCount, historyCsv, historyJson]) use(history);
    });
    expect(counts.refused).toBeGreaterThan(100);
    expect(counts.read).toBeGreaterThan(10);
  });

  it("in the cache of tunings: kernels are tuned again", async () => {
    const path = join(folder, "tuning.json");
    const notes: string[] = [];
    const cache = new TuningCache({ path, onNote: (note) => notes.push(note) });
    const json = { schema: 1, platforms: { a: { "conv2d 1": "direct" }, b: {} } };
    const counts = await outcomes(json, async (changed) => {
      await writeFile(path, JSON.stringify(changed));
      for (const choice of (await cache.load("a")).values()) expect(choice).toEqual(expect.any(String));
    });
    expect(counts.refused).toBe(0);
    expect(notes.length).toBeGreaterThan(30);
    expect(notes.every((note) => !note.includes("\n"))).toBe(true);
  });
});
