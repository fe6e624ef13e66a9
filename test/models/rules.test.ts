/**
 * Whole networks with the rewrite rules and without. `npm run test:no-rules` runs the other tests of this folder without.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProgramPlan } from "../../src/graph/plan/programPlan.js";
import { rules } from "../../src/graph/rules/index.js";
import { createDevice, type Device } from "../../src/kernels/gpu/device.js";
import { MobileNet, VGG16 } from "../../src/models/applications/index.js";
import { Activation } from "../../src/models/layers/activations/activation.js";
import { ReLU } from "../../src/models/layers/activations/relu.js";
import { Conv2D } from "../../src/models/layers/convolutional/conv2d.js";
import { DepthwiseConv2D } from "../../src/models/layers/convolutional/depthwiseConv2d.js";
import { SeparableConv2D } from "../../src/models/layers/convolutional/separableConv2d.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Input } from "../../src/models/layers/core/inputLayer.js";
import type { Layer } from "../../src/models/layers/layer.js";
import { BatchNormalization } from "../../src/models/layers/normalization/batchNormalization.js";
import { MaxPooling2D } from "../../src/models/layers/pooling/maxPooling2d.js";
import { Dropout } from "../../src/models/layers/regularization/dropout.js";
import { Flatten } from "../../src/models/layers/reshaping/flatten.js";
import { ZeroPadding2D } from "../../src/models/layers/reshaping/zeroPadding2d.js";
import type { Model } from "../../src/models/model.js";
import { SGD } from "../../src/models/optimizers/sgd.js";
import { Sequential } from "../../src/models/sequential.js";
import { tensor, type FloatType, type Tensor } from "../../src/tensor.js";
import { uniform } from "../reference/random.js";
import { expectClose } from "../support/expectClose.js";
import { expectWithin } from "../support/golden.js";
import { withCaps } from "../support/run.js";

let devices: Record<FloatType, Device>;
beforeAll(async () => {
  devices = { float32: await createDevice(), float16: await createDevice({ precision: "float16" }) };
});
afterAll(() => {
  for (const device of Object.values(devices)) device.destroy();
});

const withoutRules = (device: Device) => withCaps(device, { rules: [] });

const samples = 6;
const x = uniform(1, [samples, 12, 11, 3]);
const y = tensor(
  Float32Array.from({ length: samples }, (_, i) => i % 2),
  [samples, 1],
);

/** One of everything that rules look for, and statistics that are not those of a new layer. */
async function mixed(device: Device): Promise<Sequential> {
  const norm = (name: string) => new BatchNormalization({ name, trainable: false });
  const layers = [
    new ZeroPadding2D({
      padding: [
        [0, 1],
        [0, 1],
      ],
    }),
    new Conv2D({ name: "conv", filters: 8, kernelSize: 3, strides: 2, useBias: false }),
    norm("norm"),
    new ReLU({ maxValue: 6 }),
    new DepthwiseConv2D({ name: "depthwise", kernelSize: 3, padding: "same", depthMultiplier: 2 }),
    norm("normOfDepthwise"),
    new ReLU(),
    new SeparableConv2D({ filters: 12, kernelSize: 3, padding: "same", activation: "relu" }),
    new Conv2D({ name: "last", filters: 8, kernelSize: 3, padding: "same" }),
    norm("normOfLast"),
    new Activation({ activation: "relu" }),
    new MaxPooling2D(),
    new Conv2D({ name: "trained", filters: 4, kernelSize: 1, activation: "relu6" }),
    norm("normOfTrained"),
    new Flatten(),
    new Dropout({ rate: 0.3 }),
    new Dense({ name: "dense", units: 6, activation: "relu" }),
    new Dense({ name: "out", units: 1, activation: "sigmoid" }),
  ];
  const model = new Sequential([Input({ shape: [12, 11, 3] }).layer, ...layers], { device, seed: 5 });
  for (const layer of layers) if (layer instanceof BatchNormalization) await vary(layer);
  return model;
}

/** Gives a normalisation weights as after a training. */
async function vary(layer: Layer, seed = 7): Promise<void> {
  const before = await layer.getWeights();
  const [gamma, beta, mean, variance] = before.map(({ shape }, i) =>
    uniform(seed + i, [...shape], i === 3 ? 0.2 : -0.5, i === 3 ? 1 : 1),
  );
  await layer.setWeights([gamma, beta, mean, variance]);
}

async function planOf(model: Model, mode: "predict" | "train"): Promise<ProgramPlan> {
  return (await model.ready()).plan(mode, samples, { shape: model.inputShape, dtype: "float32" });
}

const recurring = ({ lowered }: ProgramPlan) =>
  lowered.steps
    .filter(({ launches }) => launches.some((launch) => lowered.recurring.has(launch)))
    .map(({ node }) => node.op.name);

describe("a network of all that rules look for", () => {
  it("predicts by one node a convolution, and by three without rules", async () => {
    const [fused, plain] = [devices.float32, withoutRules(devices.float32)].map(mixed);
    expect(recurring(await planOf(await fused, "predict"))).toEqual([
      ...["conv2d", "depthwise_conv2d", "depthwise_conv2d", "conv2d", "conv2d_max_pool"],
      ...["conv2d", "batch_norm_inference", "mat_mul", "mat_mul"],
    ]);
    const without = recurring(await planOf(await plain, "predict"));
    expect(without.filter((name) => name === "batch_norm_inference")).toHaveLength(4);
    expect(without).toEqual(expect.arrayContaining(["zero_pad2d", "bias_add", "relu", "relu6", "sigmoid"]));
  });

  it.each([
    ["float32", 1e-6],
    ["float16", 2e-3],
  ] as const)("predicts the same in %s", async (precision, share) => {
    const device = devices[precision];
    const [fused, plain] = [await mixed(device), await mixed(withoutRules(device))];
    expectWithin(await fused.predict(x), await plain.predict(x), share);
  });

  // Nothing below the last depthwise convolution can be trained.
  const prefix = ["conv", "depthwise", "separable_conv2d"];

  /** Three steps of a training of all that can be trained. */
  async function trained(rules: readonly string[]) {
    const model = await mixed(withCaps(devices.float32, { rules }));
    for (const layer of model.layers)
      layer.trainable = !(layer instanceof BatchNormalization) && !prefix.includes(layer.name);
    model.compile({ optimizer: new SGD({ learningRate: 0.1 }), loss: "binary_crossentropy" });
    const losses = [];
    for (let i = 0; i < 3; i++) losses.push(...(await model.trainOnBatch(x, y)));
    const weights = (await model.getWeights()).map((t) => t.dataSync());
    return { losses, weights, ops: recurring(await planOf(model, "train")) };
  }
  const names = rules.map(({ name }) => name);
  const normalizations = (ops: readonly string[]) => ops.filter((op) => op === "batch_norm_inference").length;

  it("trains to the same bits with what is fused", async () => {
    const [fused, plain] = [
      await trained(names.filter((name) => !name.startsWith("fold"))),
      await trained([]),
    ];
    // A padding, six biases, six activations.
    expect(plain.ops.length - fused.ops.length).toBe(1 + 6 + 6);
    expect(normalizations(fused.ops)).toBe(normalizations(plain.ops));
    expect(fused.ops.filter((op) => op === "activation_grad")).toHaveLength(3);
    expect([fused.losses, fused.weights]).toEqual([plain.losses, plain.weights]);
  });

  it("trains on what is folded, in the frozen layers alone", async () => {
    const [folded, plain] = [await trained(names), await trained([])];
    expect(normalizations(folded.ops)).toBe(normalizations(plain.ops) - 2);
    folded.losses.forEach((loss, i) => expect(loss).toBeCloseTo(plain.losses[i], 5));
    folded.weights.forEach((weights, i) =>
      expectClose(weights, plain.weights[i], { relative: 1e-5, absolute: 1e-5 }),
    );
  });

  it("predicts by weights as they are: set, and trained", async () => {
    const model = await mixed(devices.float32);
    const plain = await mixed(withoutRules(devices.float32));
    let before = await model.predict(x);
    const changed = async () => {
      const after = await model.predict(x);
      expect(after.dataSync()).not.toEqual(before.dataSync());
      await plain.setWeights(await model.getWeights());
      expectWithin(after, await plain.predict(x), 1e-5);
      before = after;
    };
    await vary(model.getLayer("norm"), 20);
    await changed();
    await model.getLayer("conv").setWeights([uniform(30, [3, 3, 3, 8])]);
    await changed();
    await model.getLayer("depthwise").setWeights([uniform(31, [3, 3, 8, 2]), uniform(32, [16])]);
    await changed();
    for (const name of prefix) model.getLayer(name).trainable = false;
    model.compile({ optimizer: new SGD({ learningRate: 0.1 }), loss: "binary_crossentropy" });
    await model.trainOnBatch(x, y);
    await changed();
  });
});

describe("a ReLU layer", () => {
  /** Two convolutions whose activation is theirs, or a layer. */
  function build(separate: boolean): Sequential {
    const conv = (filters: number) =>
      new Conv2D({ filters, kernelSize: 3, activation: separate ? "linear" : "relu" });
    const relu = () => (separate ? [new ReLU()] : []);
    const layers = [conv(8), ...relu(), new MaxPooling2D(), conv(6), ...relu(), new Flatten()];
    const model = new Sequential([Input({ shape: [12, 11, 3] }).layer, ...layers, new Dense({ units: 1 })], {
      device: devices.float32,
      seed: 3,
    });
    const last = model.layers.at(-1)!;
    // Seeds go by the place of a layer, which differs.
    for (const layer of model.layers) layer.weightSeed = layer === last ? 9 : 8;
    model.compile({ optimizer: "sgd", loss: "binary_crossentropy" });
    return model;
  }

  it.each(["predict", "train"] as const)(
    "costs nothing: its nodes are those of an activation, %s",
    async (mode) => {
      const [own, separate] = [await planOf(build(false), mode), await planOf(build(true), mode)];
      expect(recurring(separate)).toEqual(recurring(own));
      expect(recurring(own)).not.toContain("relu");
      expect(separate.memory).toMatchObject({ ...own.memory, peak: expect.anything() as unknown });
    },
  );

  it("gives the same bits", async () => {
    const [own, separate] = [build(false), build(true)];
    for (const model of [own, separate]) for (let i = 0; i < 2; i++) await model.trainOnBatch(x, y);
    const values = async (model: Model) => (await model.getWeights()).map((t: Tensor) => t.dataSync());
    expect(await values(separate)).toEqual(await values(own));
    expect((await separate.predict(x)).dataSync()).toEqual((await own.predict(x)).dataSync());
  });
});

describe.each([
  ["VGG16", VGG16, 18, 1e-5],
  ["MobileNet", MobileNet, 30, 1e-4],
] as const)("%s", (_, build, nodes, share) => {
  it("computes the same features in fewer nodes", async () => {
    const options = { weights: "random", includeTop: false, inputShape: [32, 32, 3], seed: 1 } as const;
    const model = await build({ ...options, device: devices.float32 });
    const plain = await build({ ...options, device: withoutRules(devices.float32) });
    for (const layer of plain.layers) if (layer instanceof BatchNormalization) await vary(layer);
    await model.setWeights(await plain.getWeights());
    const images = uniform(2, [2, 32, 32, 3]);
    expectWithin(await model.predict(images), await plain.predict(images), share);
    expect(recurring(await planOf(model, "predict")).length).toBeLessThanOrEqual(nodes);
    expect(recurring(await planOf(plain, "predict")).length).toBeGreaterThan(2 * nodes);
  });
});
