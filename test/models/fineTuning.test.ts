/**
 * Fine-tuning as the tutorial does it: VGG16 with blocks 1 to 4 frozen, block 5 and a head with dropout trained, step by
 * step against a float64 reference.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drawImage, syntheticClasses } from "../../examples/synthetic/images.js";
import { writeVgg16Weights } from "../../examples/synthetic/weights.js";
import { Graph } from "../../src/graph/graph.js";
import { resizeNearest } from "../../src/io/images/resize.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { dropout as dropoutOp, type DropoutAttrs } from "../../src/kernels/elementwise/dropout.js";
import { VGG16 } from "../../src/models/applications/index.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Dropout } from "../../src/models/layers/regularization/dropout.js";
import { Flatten } from "../../src/models/layers/reshaping/flatten.js";
import type { Model } from "../../src/models/model.js";
import { RMSprop } from "../../src/models/optimizers/rmsprop.js";
import { Sequential } from "../../src/models/sequential.js";
import { tensor, type Tensor } from "../../src/tensor.js";
import { BinaryClassifier, meanLoss } from "../reference/binaryClassifier.js";
import { finiteDifference } from "../reference/finiteDifference.js";
import { chain, conv3x3, dense, dropout, maxPool2x2, type Activation } from "../reference/layers.js";
import { dropoutMask } from "../reference/philox.js";
import { uniform } from "../reference/random.js";
import { expectClose, float64 } from "../support/expectClose.js";
import { temporaryFolder } from "../support/images.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const side = 64;
const imageCount = 5;
const batchSize = 4;
const steps = 5;
const learningRate = 2e-5;
const seed = 7;
/** Convolutions of each block of VGG16. */
const blocks = [2, 2, 3, 3, 3];
/**
 * Relative. Measured on lavapipe: 1e-6, float32's rounding through sixteen layers. Another adapter adds up in another order,
 * and every step carries the differences on; a learning rate that is 1% off was seen to cost 2e-3 and more.
 */
const lossTolerance = { relative: 1e-4, absolute: 0 };
/**
 * Of each weight: the distance from the reference's over the way it went. Measured on lavapipe: 1e-6 to 5e-5 while every
 * ReLU and every maximum falls as in float64. Of half a million pre-activations some lie within rounding of zero, and one
 * that falls on the other side takes a pixel out of its filter's gradient: at another rate that was seen to cost 1e-3.
 */
const movementTolerance = 1e-2;

/** Discs and stripes in turn, with labels 0 and 1. */
function drawImages(): { x: Tensor<"float32">; y: Tensor<"float32"> } {
  const x = new Float32Array(imageCount * side * side * 3);
  const y = Float32Array.from({ length: imageCount }, (_, i) => i % 2);
  y.forEach((label, i) => {
    const image = drawImage(syntheticClasses[label], 2 * side, seed + i);
    x.set(
      Float32Array.from(resizeNearest({ ...image, channels: 3 }, side, side), (pixel) => pixel / 255),
      i * side * side * 3,
    );
  });
  return { x: tensor(x, [imageCount, side, side, 3]), y: tensor(y) };
}

const everyImage = Array.from({ length: imageCount }, (_, i) => i);

/** The images of each step: four, from where the step before left off, around. */
const batches = Array.from({ length: steps }, (_, step) =>
  Array.from({ length: batchSize }, (_, i) => (step * batchSize + i) % imageCount),
);

/** Some rows of a tensor as a tensor. */
function rowsOf(x: Tensor<"float32">, rows: readonly number[]): Tensor<"float32"> {
  const parts = rows.map((row) => [...x.slice(row, row + 1).dataSync()]);
  return tensor(Float32Array.from(parts.flat()), [rows.length, ...x.shape.slice(1)]);
}

async function buildModel(): Promise<Sequential> {
  const weights = join(await temporaryFolder(), "vgg16.h5");
  await writeVgg16Weights(weights, { seed });
  const base = await VGG16({ weights, includeTop: false, inputShape: [side, side, 3], device });
  for (const layer of base.layers) layer.trainable = layer.name.startsWith("block5_");
  const model = new Sequential(
    [
      base,
      new Flatten(),
      new Dense({ units: 256, activation: "relu", name: "hidden" }),
      new Dropout({ rate: 0.5 }),
      new Dense({ units: 1, activation: "sigmoid", name: "output" }),
    ],
    { device, seed },
  );
  model.compile({ optimizer: new RMSprop({ learningRate }), loss: "binary_crossentropy", metrics: ["acc"] });
  return model;
}

type Values = ReadonlyMap<string, Tensor>;

/** Every weight's values by its name: "block5_conv3/kernel", "hidden/bias"… */
async function valuesOf(model: Model): Promise<Values> {
  const values = await model.getWeights();
  return new Map(model.weights.map(({ variable: { name } }, i) => [name, values[i]]));
}

/** What the GPU's masks follow from, as the model traces it. */
function dropoutAttrs(model: Model): DropoutAttrs {
  const graph = new Graph();
  const x = graph.input("x", { shape: [batchSize, ...model.inputShape], dtype: "float32" });
  const step = graph.input("step", { shape: [1], dtype: "uint32" });
  model.call({ graph, training: true, step, seed }, x);
  return graph.nodes.find((node) => node.op === dropoutOp)!.attrs as DropoutAttrs;
}

/** The same network in float64: what stays as it is, and what is trained. */
function buildReference(values: Values, attrs: DropoutAttrs) {
  const weightsOf = (layer: string) =>
    [float64(values.get(`${layer}/kernel`)!), float64(values.get(`${layer}/bias`)!)] as const;
  const layers = blocks.map((convolutions, block) => [
    ...Array.from({ length: convolutions }, (_, i) =>
      conv3x3(...weightsOf(`block${block + 1}_conv${i + 1}`)),
    ),
    maxPool2x2(),
  ]);
  const head = [
    dense(...weightsOf("hidden"), "relu"),
    dropout((elements, step) => dropoutMask(elements, step, attrs)),
    dense(...weightsOf("output"), "linear"),
  ];
  return { frozen: chain(layers.slice(0, 4).flat()), trained: chain([...layers[4], ...head]) };
}

const isTrained = (name: string) => /^(block5_|hidden|output)/.test(name);

const digest = (t: Tensor) => createHash("sha256").update(t.dataSync()).digest("hex");

function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += (a[i] - b[i]) ** 2;
  return Math.sqrt(squares);
}

describe("fine-tuning of VGG16's block5 and a head", () => {
  it("follows a float64 reference step by step, and leaves blocks 1 to 4 alone", async () => {
    const { x, y } = drawImages();
    const model = await buildModel();
    const before = await valuesOf(model);
    const { frozen, trained } = buildReference(before, dropoutAttrs(model));
    // Whatever is learned, the frozen blocks make the same of an image: once each is enough.
    const features = everyImage.map((i) => {
      const image = x.slice(i, i + 1);
      return frozen.forward({ values: float64(image), shape: image.shape }).y;
    });
    const featuresOf = (rows: readonly number[]): Activation => ({
      values: Float64Array.from(rows.flatMap((row) => [...features[row].values])),
      shape: [rows.length, ...features[0].shape.slice(1)],
    });
    const lossOfAll = () => meanLoss(trained, featuresOf(everyImage), float64(y)).loss;

    const lossBefore = lossOfAll();
    const reference = new BinaryClassifier(trained, learningRate);
    const wanted = batches.map((rows) => reference.trainOnBatch(featuresOf(rows), float64(rowsOf(y, rows))));
    const lossAfter = lossOfAll();
    expect(lossAfter).toBeLessThan(0.8 * lossBefore);

    const got: number[] = [];
    for (const rows of batches) got.push((await model.trainOnBatch(rowsOf(x, rows), rowsOf(y, rows)))[0]);
    expectClose(got, wanted, lossTolerance);
    expectClose([(await model.evaluate(x, y)).loss], [lossAfter], lossTolerance);

    const after = await valuesOf(model);
    const names = [...before.keys()];
    const changed = names.filter((name) => digest(after.get(name)!) !== digest(before.get(name)!));
    expect(changed).toEqual(names.filter(isTrained));
    changed.forEach((name, i) => {
      const [from, to] = [before.get(name)!.dataSync(), after.get(name)!.dataSync()];
      const error = distance(to, trained.weights[i]) / distance(trained.weights[i], from);
      expect(error, name).toBeLessThan(movementTolerance);
    });
  }, 240_000);
});

it("the reference's gradients are those of finite differences", () => {
  const draw = (drawSeed: number, ...shape: number[]) => float64(uniform(drawSeed, shape));
  const network = chain([
    conv3x3(draw(1, 3, 3, 2, 3), draw(2, 3)),
    maxPool2x2(),
    dense(draw(3, 12, 5), draw(4, 5), "relu"),
    dropout((elements) => Float64Array.from({ length: elements }, (_, i) => (i % 3) * 0.8)),
    dense(draw(5, 5, 1), draw(6, 1), "linear"),
  ]);
  const x = { values: draw(7, 2, 4, 4, 2), shape: [2, 4, 4, 2] };
  const loss = () => meanLoss(network, x, Float64Array.of(0, 1), 0);
  const gradients = loss().gradients();
  expect(gradients).toHaveLength(6);
  network.weights.forEach((weights, i) => {
    const lossAt = (values: Float64Array) => {
      const kept = weights.slice();
      weights.set(values);
      const result = Float64Array.of(loss().loss);
      weights.set(kept);
      return result;
    };
    const numeric = finiteDifference(lossAt, weights.slice(), Float64Array.of(1));
    expect(Math.max(...numeric.map(Math.abs))).toBeGreaterThan(1e-3);
    expectClose(gradients[i], numeric, { absolute: 1e-9 });
  });
});
