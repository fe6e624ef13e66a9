/** Validation through frozen layers: what they make of the samples is computed once, and the figures stay what they are. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import { ImageDataGenerator } from "../../src/models/data/imageDataGenerator.js";
import { BatchNormalization } from "../../src/models/layers/normalization/batchNormalization.js";
import { Conv2D } from "../../src/models/layers/convolutional/conv2d.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Dropout } from "../../src/models/layers/regularization/dropout.js";
import { Input } from "../../src/models/layers/core/inputLayer.js";
import { Add } from "../../src/models/layers/merging/add.js";
import { MaxPooling2D } from "../../src/models/layers/pooling/maxPooling2d.js";
import { Flatten } from "../../src/models/layers/reshaping/flatten.js";
import { Model } from "../../src/models/model.js";
import { mulberry32 } from "../../src/models/random.js";
import { Sequential } from "../../src/models/sequential.js";
import { ArraySource, type BatchSource } from "../../src/models/training/batches.js";
import { splitAtFrozenPrefix } from "../../src/models/training/frozenPrefix.js";
import type { Callback } from "../../src/models/training/history.js";
import { maxFeatureBytes } from "../../src/models/training/validation.js";
import { tensor, type Tensor } from "../../src/tensor.js";
import { expectClose } from "../support/expectClose.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const shape = [8, 8, 3];
const n = 7;
const next = mulberry32(3);
const images = tensor(
  Uint8Array.from({ length: n * 192 }, () => 256 * next()),
  [n, ...shape],
);
const labels = tensor(Float32Array.from({ length: n }, (_, i) => i % 2));

function base(): Sequential {
  const layers = [
    new Conv2D({ filters: 4, kernelSize: 3, activation: "relu", inputShape: shape, name: "first" }),
    new BatchNormalization(),
    new MaxPooling2D({ poolSize: 2 }),
    new Conv2D({ filters: 5, kernelSize: 2, activation: "relu", name: "second" }),
  ];
  const made = new Sequential(layers, { seed: 5, device });
  made.trainable = false;
  return made;
}

function onBase(prepare: (base: Sequential) => void = () => undefined): Sequential {
  const inner = base();
  prepare(inner);
  const head = [
    new Flatten(),
    new Dropout({ rate: 0.5 }),
    new Dense({ units: 1, activation: "sigmoid", name: "head" }),
  ];
  const model = new Sequential([inner, ...head], { seed: 5, device });
  model.compile({ optimizer: "adam", loss: "binary_crossentropy", metrics: ["acc"] });
  return model;
}

/** A source that counts its passes. */
class Counted implements BatchSource {
  passes = 0;
  readonly sample;
  readonly samples;
  readonly defaults;

  constructor(
    private readonly source: BatchSource,
    readonly repeatable = source.repeatable,
  ) {
    ({ sample: this.sample, samples: this.samples, defaults: this.defaults } = source);
  }

  batches(...pass: Parameters<BatchSource["batches"]>): ReturnType<BatchSource["batches"]> {
    this.passes++;
    return this.source.batches(...pass);
  }
}

const flow = (options = {}) => new ImageDataGenerator({ rescale: 1 / 255, ...options }).flow(images, labels);

interface Case {
  model?: () => Model;
  source?: () => BatchSource;
  validationSteps?: number;
  callbacks?: (model: Model) => Callback[];
}

/** Trains for three epochs, and validates as it comes and with every layer each time. */
async function histories({ model = onBase, source = flow, validationSteps, callbacks }: Case) {
  const run = async (validationData: Counted) => {
    const trained = model();
    const options = { epochs: 3, batchSize: 3, validationData, validationSteps };
    const { history } = await trained.fit(flow(), { ...options, callbacks: callbacks?.(trained) });
    return { history, passes: validationData.passes };
  };
  return { got: await run(new Counted(source())), plain: await run(new Counted(source(), false)) };
}

/** @param passes over the validation samples, in three epochs */
async function expectPasses(passes: number, options: Case): Promise<void> {
  const { got, plain } = await histories(options);
  expect([got.passes, plain.passes]).toEqual([passes, 3]);
  expect(new Set(plain.history.val_loss).size).toBe(3);
  for (const [name, values] of Object.entries(plain.history))
    expectClose(got.history[name], values, { relative: 1e-6, absolute: 0 });
}

describe("fit runs the frozen layers over the validation samples", () => {
  it("once, for a frozen base", () => expectPasses(1, {}));

  it("once, for images that would be augmented in training", () =>
    expectPasses(1, { source: () => flow({ rotationRange: 30 }) }));

  it("once, where the last layers of the base train", () =>
    expectPasses(1, { model: () => onBase((b) => (b.getLayer("second").trainable = true)) }));

  it("once, for the first batches, weighted", () => {
    const weights = tensor(Float32Array.from({ length: n }, (_, i) => i / 2));
    return expectPasses(1, {
      source: () => new ArraySource(images, labels, "rescale", weights),
      validationSteps: 2,
    });
  });

  it("again when somebody has set weights of theirs, and only then", () => {
    const callbacks = (model: Model): Callback[] => [
      {
        onEpochEnd: async (epoch) => {
          const { layers } = model.getLayer("sequential") as Model;
          const changed = epoch === 0 ? layers[1] : model.getLayer("head");
          const values = await changed.getWeights();
          await changed.setWeights(
            values.map((t) => tensor(t.dataSync().map((v) => 1.5 * v + 0.1) as Float32Array, t.shape)),
          );
        },
      },
    ];
    return expectPasses(2, { callbacks });
  });
});

describe("fit runs every layer in each validation", () => {
  it("where the first layer trains", () =>
    expectPasses(3, { model: () => onBase((b) => (b.getLayer("first").trainable = true)) }));

  it("where a function of the user's makes the images", () =>
    expectPasses(3, { source: () => flow({ preprocessingFunction: (x: Tensor) => x }) }));

  it("where the features would not go into memory", () => {
    const source = () => Object.assign(flow(), { samples: maxFeatureBytes });
    return expectPasses(3, { source });
  });
});

it("takes a flag that is changed at the next compile", async () => {
  const model = onBase();
  const passes = async () => {
    const validationData = new Counted(flow());
    await model.fit(flow(), { epochs: 2, validationData });
    return validationData.passes;
  };
  expect(await passes()).toBe(1);
  for (const layer of model.layers) if (layer instanceof Model) layer.getLayer("first").trainable = true;
  expect(await passes()).toBe(1);
  model.compile({ loss: "binary_crossentropy" });
  expect(await passes()).toBe(2);
});

describe("splitAtFrozenPrefix", () => {
  const dense = (name: string, trainable: boolean) => new Dense({ units: 3, name, trainable });

  /** a → b → c, and the sum of a and c → d: nothing can be cut between a and the sum. */
  function around(trainable: Record<"a" | "b" | "c" | "d", boolean>): Model {
    const inputs = Input({ shape: [3] });
    const a = dense("a", trainable.a).apply(inputs);
    const c = dense("c", trainable.c).apply(dense("b", trainable.b).apply(a));
    const outputs = dense("d", trainable.d).apply(new Add({ name: "sum" }).apply(a, c));
    return new Model({ inputs, outputs, device });
  }

  const namesOf = (model: Model) => {
    const split = splitAtFrozenPrefix(model, model.trainableWeights);
    const names = (part: Model["layers"]) => part.slice(1).map(({ name }) => name);
    return split && [names(split.prefix.layers), names(split.rest.layers)];
  };

  it.each([
    ["d", [["a", "b", "c", "sum"], ["d"]]],
    ["c", [["a"], ["b", "c", "sum", "d"]]],
    ["b", [["a"], ["b", "c", "sum", "d"]]],
    ["a", undefined],
    ["", undefined],
  ])("cuts where everything behind is computed from one place; trained: %s", (trained, parts) => {
    const flags = Object.fromEntries([..."abcd"].map((name) => [name, name === trained]));
    expect(namesOf(around(flags as Parameters<typeof around>[0]))).toEqual(parts);
  });

  it("cuts nothing off that has no weights", () => {
    const flat = new Sequential([new Flatten({ inputShape: [2, 2] }), dense("a", true)], { device });
    expect(namesOf(flat)).toBeUndefined();
  });
});
