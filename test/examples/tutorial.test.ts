/** Every page of examples/tutorial and every script of examples/cli, on generated images and seeded weights. */
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeImageFolders } from "../../examples/synthetic/images.js";
import { writeVgg16Weights } from "../../examples/synthetic/weights.js";
import { readFeatures } from "../../src/transfer/data/features.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import type { Model } from "../../src/models/model.js";
import { loadModel } from "../../src/models/saving/load.js";
import { sizeOf, tensor } from "../../src/tensor.js";
import { createTestDevice } from "../support/run.js";
import { Project } from "./project.js";

/** The smallest that VGG16 takes. */
const size = 32;
/** Of each class. The two of them make whole batches, so that each page compiles few programs. */
const counts = { train: 4, validation: 2, test: 2 };
const batchSize = 4;

let project: Project;
let device: Device;
const inProject = (...names: string[]) => join(project.folder, ...names);

beforeAll(async () => {
  project = await Project.create();
  await writeImageFolders(inProject("pictures"), { ...counts, size: 48, seed: 3 });
  await writeVgg16Weights(inProject("weights.h5"));
  device = await createTestDevice();
});
afterAll(async () => {
  device.destroy();
  await project.remove();
});

async function expectReport(folder: string, epochs: number): Promise<void> {
  await Promise.all(["curves.png", "curves.svg", "report.html"].map((name) => access(join(folder, name))));
  const history = JSON.parse(await readFile(join(folder, "history.json"), "utf8")) as Record<
    string,
    number[]
  >;
  expect(Object.keys(history).sort()).toEqual(["acc", "loss", "val_acc", "val_loss"]);
  for (const values of Object.values(history)) {
    expect(values).toHaveLength(epochs);
    expect(values.every(Number.isFinite)).toBe(true);
  }
}

/** The values of the base's weights, by layer. */
async function valuesOfBase(path: string): Promise<Map<string, string>> {
  const model = await loadModel(path, { device });
  const values = new Map<string, string>();
  for (const layer of (model.getLayer("vgg16") as Model).layers) {
    const weights = await layer.getWeights();
    const bytes = weights.map((w) => Buffer.from(w.dataSync().buffer).toString("base64"));
    if (bytes.length > 0) values.set(layer.name, bytes.join());
  }
  return values;
}

async function changedLayers(before: string, after: string): Promise<string[]> {
  const [old, now] = [await valuesOfBase(before), await valuesOfBase(after)];
  expect([...now.keys()]).toEqual([...old.keys()]);
  return [...now.keys()].filter((name) => now.get(name) !== old.get(name));
}

/** Loads a saved model and gives it an image's worth of noise. */
async function predictsProbabilities(path: string): Promise<void> {
  const model = await loadModel(path, { device });
  const pixels = Uint8Array.from({ length: sizeOf(model.inputShape) }, (_, i) => (i * 97) % 256);
  const x = tensor(pixels, [1, ...model.inputShape]);
  const output = await model.predict(x, { preprocess: "rescale" });
  expect(output.shape).toEqual([1, 1]);
  const [probability] = output.dataSync();
  expect(probability > 0 && probability < 1).toBe(true);
}

const epochLine = /^epoch \d\/2: loss [\d.]+, acc [\d.]+, validation loss [\d.]+, acc [\d.]+$/gm;
const changed = ["block5_conv1", "block5_conv2", "block5_conv3"];

describe("the tutorial in TypeScript", () => {
  const common = ["--data", "pictures", "--out", "ts", "--epochs", "2", "--batch-size", String(batchSize)];
  const base = ["--weights", "weights.h5", "--size", String(size)];

  it("1: loads the base and prints its summary", async () => {
    const output = await project.page("1-load", base);
    expect(output).toMatch(/^block5_pool \(MaxPooling2D\) +\(None, 1, 1, 512\) +0$/m);
    expect(output).toContain("Total params: 14,714,688");
  });

  it("2: keeps the base's features and trains a head on them", async () => {
    const output = await project.page("2-feature-extraction", [...common, ...base]);
    expect(output).toContain("train: 8 of 8 pictures, features (4, 1, 1, 512)");
    expect(output).toContain("Trainable weights: 4");
    expect(output.match(epochLine)).toHaveLength(2);
    await expectReport(inProject("ts", "feature-extraction"), 2);

    const { splits, complete } = await readFeatures(inProject("ts", "features.h5"));
    expect(complete).toBe(true);
    expect(splits.train.features.shape).toEqual([8, 1, 1, 512]);
    const head = await loadModel(inProject("ts", "cats_and_dogs_small_features.h5"), { device });
    const { features, labels } = splits.test;
    const outputs = (await head.predict(features.reshape([4, 512]))).dataSync();
    const right = labels.dataSync().filter((label, i) => label === Number(outputs[i] > 0.5)).length;
    expect(output).toContain(`test accuracy: ${(right / 4).toFixed(3)}`);
  });

  it("2: goes on with features that are there", async () => {
    const features = ["--features", join("ts", "features.h5"), "--epochs", "1", "--out", "again"];
    const output = await project.page("2-feature-extraction", features);
    expect(output).not.toContain("pictures, features");
    expect(output).toMatch(/^epoch 1\/1: .*\ntest accuracy: [\d.]+$/m);
  });

  it("3: trains through the frozen base, and shows what augmentation does", async () => {
    const output = await project.page("3-augmentation", [...common, ...base, "--steps", "2"]);
    expect(output).toContain("trainable weights before the base is frozen: 30\n");
    expect(output).toContain("trainable weights after the base is frozen: 4\n");
    expect(output.match(epochLine)).toHaveLength(2);
    await expectReport(inProject("ts", "augmentation"), 2);
    await predictsProbabilities(inProject("ts", "cats_and_dogs_small_3.h5"));

    const variants = new Set<string>();
    for (const i of [1, 2, 3, 4]) {
      const { data, info } = await sharp(inProject("ts", `augmented-${i}.png`))
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect(info).toMatchObject({ width: size, height: size, channels: 3 });
      variants.add(data.toString("base64"));
    }
    expect(variants.size).toBe(4);
  });

  it("4: fine-tunes block5 and nothing below", async () => {
    const model = join("ts", "cats_and_dogs_small_3.h5");
    const output = await project.page("4-fine-tuning", [...common, "--model", model, "--steps", "2"]);
    expect(output).toContain("trainable weights with block5: 10\n");
    expect(output.match(epochLine)).toHaveLength(2);
    const tuned = inProject("ts", "cats_and_dogs_small_4.h5");
    expect(await changedLayers(inProject(model), tuned)).toEqual(changed);
    await expectReport(inProject("ts", "fine-tuning"), 2);
    await expectReport(inProject("ts", "fine-tuning-smoothed"), 2);
  });

  it("4b: cuts the base lower", async () => {
    const output = await project.page("4b-shallower-base", [...common, ...base]);
    expect(output).toMatch(/^block3_pool \(MaxPooling2D\) +\(None, 4, 4, 256\) +0$/m);
    expect(output).toContain("features (8, 256)\n");
    expect(output).toMatch(/^validation accuracy after 2 epochs: [\d.]+$/m);
    await predictsProbabilities(inProject("ts", "cats_and_dogs_small_shallow.h5"));
  });

  it("5: evaluates and predicts, and says what the command line says", async () => {
    const model = join("ts", "cats_and_dogs_small_4.h5");
    // The page says it itself; a model that a program saved has no record of it.
    const preprocess = ["--preprocess", "rescale"];
    const output = await project.page("5-evaluate-predict", ["--data", "pictures", "--model", model]);
    const [, loss, acc] = /^4 test pictures: loss ([\d.]+), acc ([\d.]+)$/m.exec(output)!;
    const evaluation = await project.json<{ loss: number; accuracy: number }>([
      "evaluate",
      "--model",
      model,
      "--data",
      "pictures",
      ...preprocess,
    ]);
    expect(evaluation.loss).toBeCloseTo(Number(loss), 3);
    expect(evaluation.accuracy).toBeCloseTo(Number(acc), 3);
    const images = ["discs", "stripes"].map((name) => join("pictures", "test", name, `${name}.0.jpg`));
    const { predictions } = await project.json<{ predictions: { class: string; probability: number }[] }>([
      "predict",
      "--model",
      model,
      "--class-names",
      "discs,stripes",
      ...preprocess,
      ...images,
    ]);
    for (const [i, { class: name, probability }] of predictions.entries())
      expect(output).toContain(`${images[i]}: ${name} (${(100 * probability).toFixed(1)}%)\n`);
  });
});

describe("the tutorial on the command line", () => {
  const variables = {
    ...{ DATA: "pictures", OUT: "cli", WEIGHTS: "weights.h5", SIZE: String(size) },
    ...{ EPOCHS: "2", STEPS: "2", BATCH_SIZE: String(batchSize) },
  };
  const model = (run: string) => inProject("cli", run, "model.h5");

  it("1: prints the summary", async () => {
    const output = await project.script("1-load", {});
    expect(output).toMatch(/^block5_pool \(MaxPooling2D\) +\(None, 4, 4, 512\) +0$/m);
  });

  it("2: extracts what the page extracts, trains and evaluates", async () => {
    const output = await project.script("2-feature-extraction", variables);
    expect(output).toContain("train: (8, 1, 1, 512), 4 discs, 4 stripes\n");
    expect(output).toMatch(/^test: 4 pictures - loss: [\d.]+ - acc: [\d.]+$/m);
    await expectReport(inProject("cli", "feature-extraction"), 2);
    const [ours, theirs] = await Promise.all(
      ["cli", "ts"].map((out) => readFeatures(inProject(out, "features.h5"))),
    );
    expect({ ...ours.meta, weights: "" }).toEqual({ ...theirs.meta, weights: "" });
    expect(ours.splits.test.features.dataSync()).toEqual(theirs.splits.test.features.dataSync());
  });

  it("3: trains through the frozen base, augmented", async () => {
    const output = await project.script("3-augmentation", variables);
    expect(output).toMatch(/8 images at 32×32, augmented, 4 to validate on; 2 epochs of batches of 4 /);
    expect(output).toContain("training changes 4 of 30 weights\n");
    await expectReport(inProject("cli", "augmentation"), 2);
    await predictsProbabilities(model("augmentation"));
  });

  it("4: fine-tunes block5 and nothing below", async () => {
    const output = await project.script("4-fine-tuning", variables);
    expect(output).toContain("training changes 10 of 30 weights\n");
    expect(await changedLayers(model("augmentation"), model("fine-tuning"))).toEqual(changed);
    await expectReport(inProject("cli", "fine-tuning"), 2);
  });

  it("4b: cuts the base lower", async () => {
    const output = await project.script("4b-shallower-base", variables);
    expect(output).toContain("train: (8, 256), 4 discs, 4 stripes\n");
    await expectReport(inProject("cli", "shallower-base"), 2);
  });

  it("5: evaluates, and predicts an image of each class", async () => {
    const output = await project.script("5-evaluate-predict", variables);
    expect(output).toMatch(/^is \\ taken for +discs +stripes\ndiscs +\d+ +\d+\nstripes +\d+ +\d+$/m);
    for (const name of ["discs", "stripes"])
      expect(output).toMatch(
        new RegExp(`^pictures/test/${name}/${name}\\.0\\.jpg +(discs|stripes) +[\\d.]+$`, "m"),
      );
  });
});
