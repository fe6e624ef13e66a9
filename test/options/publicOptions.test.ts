/** Every options object of the public API: what it refuses, and how. */
import { describe, expect, it } from "vitest";
import * as wgraft from "../../src/index.js";
import { WgraftError } from "../../src/errors.js";
import type { FieldTable } from "../../src/options/fields.js";
import { foreignNames } from "../../src/options/foreignNames.js";
import { snakeCase } from "../../src/options/notation.js";
import { layerSamples, requiredOf, scheduleSamples } from "../support/samples.js";
import { findPublicOptions } from "./publicOptions.js";

/** Takes options, of whatever type. */
type Call = (options: never) => unknown;

interface Case {
  /** Begins every message. Default: the last name of the key. */
  readonly owner?: string;
  readonly call: Call;
  /** Options that are required, with good values. */
  readonly required?: object;
}

const { Dense, Input, ImageDataGenerator, Sequential, tensor } = wgraft;
const x = tensor([1, 2], [1, 2]);
const y = tensor([1], [1, 1]);
const image = tensor(new Float32Array(12), [2, 2, 3]);
const images = tensor(new Uint8Array(12), [1, 2, 2, 3]);
const predictions = tensor(new Float32Array(1000), [1, 1000]);
const input = Input({ shape: [2] });
const output = new Dense({ units: 1 }).apply(input);

const named = () => new Dense({ units: 1, name: "one" });

function compiled() {
  const model = new Sequential([new Dense({ units: 1, activation: "sigmoid", inputDim: 2 })]);
  model.compile({ loss: "binary_crossentropy" });
  return model;
}

/** Options are looked at before anything else. */
const unopened = Object.create(wgraft.Classifier.prototype) as wgraft.Classifier;

const square = { height: 2, width: 2 };
const pixels = { ...square, channels: 3, data: new Uint8Array(12) } as const;

/** A class with a field table. */
function classCase(name: string, sample: object): [string, Case] {
  const tabled = (wgraft as unknown as Record<string, TabledClass>)[name];
  return [`new ${name}`, { call: (o) => new tabled(o), required: requiredOf(tabled.table, sample) }];
}

interface TabledClass {
  readonly table: FieldTable;
  new (options: never): unknown;
}

/** Every application, by the name that it is exported under. */
const applications: Record<string, Case> = Object.fromEntries(
  Object.entries(wgraft.applications).flatMap(([name, app]): [string, Case][] => {
    const [exported] = Object.entries(wgraft).find(([, value]) => value === app)!;
    return [
      [exported, { owner: name, call: app }],
      [`${exported}.build`, { owner: name, call: app.build }],
      [`${exported}.weights`, { owner: `${name}.weights`, call: app.weights }],
    ];
  }),
);

const cases: Readonly<Record<string, Case>> = {
  // Layers, optimizers and schedules.
  ...Object.fromEntries(Object.entries(layerSamples).map(([name, sample]) => classCase(name, sample))),
  ...Object.fromEntries(Object.entries(scheduleSamples).map(([name, sample]) => classCase(name, sample))),
  ...Object.fromEntries(Object.values(wgraft.optimizers).map(({ table }) => classCase(table.owner, {}))),
  "new InputLayer": { call: (o) => new wgraft.InputLayer(o), required: { shape: [2] } },
  Input: { call: (o) => Input(o), required: { shape: [2] } },

  "Layer.apply": { owner: "apply of one", call: (o) => named().apply(input, o) },
  "Layer.applyAll": { owner: "apply of one", call: (o) => named().applyAll(input, o) },

  // Models.
  "new Model": { call: (o) => new wgraft.Model(o), required: { inputs: input, outputs: output } },
  "new Sequential": { call: (o) => new Sequential([], o) },
  "Model.compile": { call: (o) => compiled().compile(o), required: { loss: "binary_crossentropy" } },
  "Model.fit": { call: (o) => compiled().fit(x, y, o) },
  "Model.evaluate": { call: (o) => compiled().evaluate(x, y, o) },
  "Model.predict": { call: (o) => compiled().predict(x, o) },
  "Model.trainOnBatch": { call: (o) => compiled().trainOnBatch(x, y, o) },
  "Model.summary": { call: (o) => compiled().summary(o) },
  loadModel: { call: (o) => wgraft.loadModel("nowhere.h5", o) },
  loadWeights: { call: (o) => wgraft.loadWeights(compiled(), "nowhere.h5", o) },
  ...applications,
  decodePredictions: { call: (o) => wgraft.decodePredictions(predictions, o) },
  imagenetClasses: { call: (o) => wgraft.imagenetClasses(o) },
  resolveWeights: { call: (o) => wgraft.resolveWeights(o), required: { application: "mobilenet" } },

  // Training.
  "new LossScaleOptimizer": { call: (o) => new wgraft.LossScaleOptimizer(new wgraft.SGD(), o) },
  "new CSVLogger": { call: (o) => new wgraft.CSVLogger("log.csv", o) },
  "new EarlyStopping": { call: (o) => new wgraft.EarlyStopping(o) },
  "new ModelCheckpoint": { call: (o) => new wgraft.ModelCheckpoint(o), required: { filepath: "x.h5" } },
  "new ReduceLROnPlateau": { call: (o) => new wgraft.ReduceLROnPlateau(o) },
  "new TensorBoard": { call: (o) => new wgraft.TensorBoard(o) },

  // Images.
  "new ImageDataGenerator": { call: (o) => new ImageDataGenerator(o) },
  "ImageDataGenerator.applyTransform": {
    call: (o) => new ImageDataGenerator().applyTransform(image, o),
  },
  "ImageDataGenerator.flow": { call: (o) => new ImageDataGenerator().flow(images, y, o) },
  "ImageDataGenerator.flowFromDirectory": {
    call: (o) => new ImageDataGenerator().flowFromDirectory("nowhere", o),
  },
  "new ImageLoader": { call: (o) => new wgraft.ImageLoader([], o), required: { batchSize: 1 } },
  "new ImageSource": { call: (o) => new wgraft.ImageSource([], o), required: square },
  extractFeatures: {
    call: (o) => wgraft.extractFeatures(compiled(), new wgraft.ImageSource([], square), o),
  },
  decodeImage: { call: (o) => wgraft.decodeImage("nowhere.png", o) },
  listDataset: { call: (o) => wgraft.listDataset("nowhere", o) },
  listImageFolder: { call: (o) => wgraft.listImageFolder("nowhere", o) },

  // Transfer learning.
  "Classifier.open": { owner: "Classifier.open", call: (o) => wgraft.Classifier.open("nowhere.h5", o) },
  "Classifier.predict": { call: (o) => unopened.predict("nowhere.png", o) },
  "Classifier.values": { call: (o) => unopened.values([], o).next() },
  "Classifier.explain": { call: (o) => unopened.explain("nowhere.png", o) },
  "Classifier.featureMaps": { call: (o) => unopened.featureMaps("nowhere.png", o) },
  gradCam: { call: (o) => wgraft.gradCam(compiled(), x, o) },
  layerActivations: { call: (o) => wgraft.layerActivations(compiled(), x, o) },
  overlayHeatmap: { call: (o) => wgraft.overlayHeatmap(pixels, tensor(new Float32Array(4), [2, 2]), o) },
  "Classifier.predictFiles": { call: (o) => unopened.predictFiles([], o).next() },
  extractFeaturesToFile: {
    call: (o) => wgraft.extractFeaturesToFile(o),
    required: { data: "nowhere", out: "nowhere.h5" },
  },
  checkData: { call: (o) => wgraft.checkData(o), required: { data: "nowhere" } },
  readFeatures: { call: (o) => wgraft.readFeatures("nowhere.h5", o) },
  trainHead: { call: (o) => wgraft.trainHead(o), required: { features: "nowhere.h5" } },
  trainOnImages: { call: (o) => wgraft.trainOnImages(o), required: { data: "nowhere" } },
  findLearningRateOnFeatures: {
    owner: "trainHead",
    call: (o) => wgraft.findLearningRateOnFeatures(o),
    required: { features: "nowhere.h5" },
  },
  findLearningRateOnImages: {
    owner: "trainOnImages",
    call: (o) => wgraft.findLearningRateOnImages(o),
    required: { data: "nowhere" },
  },
  evaluateOnFeatures: {
    call: (o) => wgraft.evaluateOnFeatures(o),
    required: { model: "nowhere.h5", features: "nowhere.h5" },
  },
  evaluateOnImages: {
    call: (o) => wgraft.evaluateOnImages(o),
    required: { model: "nowhere.h5", data: "nowhere" },
  },
  compareRuns: { call: (o) => wgraft.compareRuns(o), required: { runs: ["nowhere"] } },
  planMemory: { call: (o) => wgraft.planMemory(compiled(), o) },

  // Devices.
  createDevice: { call: (o) => wgraft.createDevice(o) },
  featureCache: { call: (o) => wgraft.featureCache(o) },
  tuningCache: { call: (o) => wgraft.tuningCache(o) },
};

/** Not for the caller to make: `createDevice` does, and checks. */
const notForUsers = ["new Device"];

const found = findPublicOptions();
for (const name of notForUsers) found.delete(name);

it("every options object that the types of the public API have is tried here", () => {
  expect(Object.keys(cases).sort()).toEqual([...found.keys()].sort());
});

it("every name that others have is for an option that there is", () => {
  const known = new Set([...found.values()].flatMap(({ options }) => options));
  expect(Object.keys(foreignNames).filter((option) => !known.has(option))).toEqual([]);
});

describe.each([...found.keys()].filter((key) => key in cases))("%s", (key) => {
  const { call, required = {}, owner = key.split(/[ .]/).at(-1)! } = cases[key];
  const { options } = found.get(key)!;

  /** What is thrown for options, now or later. */
  async function refusal(given: unknown): Promise<WgraftError> {
    try {
      await call(given as never);
    } catch (error) {
      expect(error).toBeInstanceOf(WgraftError);
      expect((error as WgraftError).code).toBe("usage");
      return error as WgraftError;
    }
    throw new Error(`${key} takes ${String(given)}`);
  }

  it("refuses an option that there is not", async () => {
    const { message, option } = await refusal({ ...required, frobnicate: 1 });
    expect(message).toMatch(`${owner}: there is no option frobnicate; `);
    expect(option).toBe("frobnicate");
  });

  it("recognises its options in Python's notation", async () => {
    for (const option of options) {
      const foreign = snakeCase(option);
      if (foreign === option) continue;
      const { message } = await refusal({ ...required, [foreign]: 1 });
      expect(message).toBe(`${owner}: there is no option ${foreign}; did you mean ${option}?`);
    }
  });

  it("refuses a value of a wrong type for each option", async () => {
    for (const option of options) {
      for (const wrong of [new Map(), NaN, Symbol("wrong")]) {
        const error = await refusal({ ...required, [option]: wrong });
        expect(error.message).toMatch(`${owner}: ${option}: expected `);
        expect(error.message).toMatch(/, got (a Map|NaN|Symbol\(wrong\))$/);
        expect(error.option).toBe(option);
      }
    }
  });

  it("refuses a number in the place of options, and shows the form", async () => {
    const { message } = await refusal(-0.5);
    expect(message).toMatch(new RegExp(`^${owner}: expected options in an object, { \\w+: .+ }, got -0.5$`));
  });

  it("says which of its required options is missing", async () => {
    for (const option of Object.keys(required)) {
      const { message } = await refusal({ ...required, [option]: undefined });
      expect(message).toMatch(new RegExp(`^${owner}: ${option}: expected .+, but it is missing$`));
    }
  });
});
