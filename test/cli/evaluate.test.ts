/** `wgraft evaluate` and `wgraft predict`: a head on features, behind its base, and a model that takes images. */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeImageFolders } from "../../examples/synthetic/images.js";
import { writeVgg16Weights } from "../../examples/synthetic/weights.js";
import type { FeaturesMeta } from "../../src/transfer/provenance.js";
import { Conv2D } from "../../src/models/layers/convolutional/conv2d.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { GlobalAveragePooling2D } from "../../src/models/layers/pooling/globalAveragePooling2d.js";
import { Sequential } from "../../src/models/sequential.js";
import { problemsOf } from "../io/report/accessibility.js";
import { Cli } from "./cli.js";
import { writeClouds } from "./features.js";

interface Evaluation {
  samples: number;
  loss: number;
  accuracy: number;
  confusion: number[][];
  mistakeCount: number;
  mistakes: { file: string; class: string; predicted: string; probability: number }[];
}
interface Prediction {
  predictions: { file: string; class: string; probability: number; probabilities: Record<string, number> }[];
  skipped: { file: string; error: string }[];
}

let cli: Cli;
let folder: string;
const inFolder = (...names: string[]) => join(folder, ...names);
const model = () => inFolder("run", "model.h5");
const image = (name: string) => inFolder("pictures", "test", name.split(".")[0], name);

beforeAll(async () => {
  cli = await Cli.build();
  folder = await mkdtemp(join(tmpdir(), "wgraft-evaluate-"));
  await writeImageFolders(inFolder("pictures"), { train: 24, validation: 8, test: 8, size: 48 });
  await writeVgg16Weights(inFolder("weights.h5"), { upTo: "block2_pool" });
  const base = ["--weights", inFolder("weights.h5"), "--layer", "block2_pool", "--size", "32"];
  await cli.json(["extract", "--data", inFolder("pictures"), "--out", inFolder("features.h5"), ...base]);
  const head = ["--units", "32", "--learning-rate", "1e-3", "--epochs", "6", "--seed", "1"];
  await cli.json(["train", "--features", inFolder("features.h5"), "--out", inFolder("run"), ...head]);
});
afterAll(async () => {
  await cli.remove();
  await rm(folder, { recursive: true, force: true });
});

describe("wgraft evaluate", () => {
  /** What the refusals below are refused with. */
  beforeAll(async () => {
    const config = JSON.parse(await readFile(inFolder("run", "config.json"), "utf8")) as {
      base: FeaturesMeta;
    };
    const counts = { train: 2, test: 2 };
    await writeClouds(inFolder("unvalidated.h5"), { counts, shape: [8, 8, 128], meta: config.base });
    for (const [name, file] of [
      ["discs", "discs.0.jpg"],
      ["zebras", "stripes.0.jpg"],
    ]) {
      await mkdir(inFolder("renamed", "test", name), { recursive: true });
      await copyFile(image(file), inFolder("renamed", "test", name, file));
    }
    const head = new Dense({ units: 1, activation: "sigmoid", inputDim: 8 * 8 * 128 });
    await new Sequential([head], { seed: 1 }).save(inFolder("lonely.h5"));
  });

  const onFeatures = (split: string) =>
    cli.json<Evaluation>([
      "evaluate",
      "--model",
      model(),
      "--features",
      inFolder("features.h5"),
      "--split",
      split,
    ]);

  it("agrees with the last figures of the training", async () => {
    const { loss, accuracy } = await onFeatures("validation");
    const history = JSON.parse(await readFile(inFolder("run", "history.json"), "utf8")) as Record<
      string,
      number[]
    >;
    expect(Math.abs(loss - history.val_loss[5])).toBeLessThan(1e-5);
    expect(accuracy).toBeCloseTo(history.val_acc[5], 6);
  });

  it("says the same of images as of their features", async () => {
    const features = await onFeatures("test");
    const images = await cli.json<Evaluation>([
      "evaluate",
      "--model",
      model(),
      "--data",
      inFolder("pictures"),
    ]);
    expect(images.samples).toBe(16);
    expect(images.confusion).toEqual(features.confusion);
    expect(Math.abs(images.loss - features.loss)).toBeLessThan(1e-4);
    expect(images.mistakes.map(({ file }) => file)).toEqual(features.mistakes.map(({ file }) => file));
  });

  it("counts consistently, and lists the surest mistakes first", async () => {
    const { samples, accuracy, confusion, mistakeCount, mistakes } = await onFeatures("train");
    expect(samples).toBe(48);
    expect(confusion.map((row) => row.reduce((sum, n) => sum + n, 0))).toEqual([24, 24]);
    expect(accuracy).toBeCloseTo((confusion[0][0] + confusion[1][1]) / 48, 6);
    expect(accuracy).toBeGreaterThan(0.7);
    expect(mistakeCount).toBe(confusion[0][1] + confusion[1][0]);
    const probabilities = mistakes.map(({ probability }) => probability);
    expect(probabilities).toEqual([...probabilities].sort((a, b) => b - a));
    for (const { file, class: name, predicted } of mistakes) {
      expect(file.startsWith(`${name}/`)).toBe(true);
      expect(predicted).not.toBe(name);
    }
  });

  it("prints a confusion matrix for people", async () => {
    const { code, stdout } = await cli.run([
      "evaluate",
      "--model",
      model(),
      "--features",
      inFolder("features.h5"),
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^test: 16 images - loss: \d\.\d{4} - acc: \d\.\d{4}$/m);
    expect(stdout).toMatch(/^actual \\ predicted +discs +stripes\ndiscs +\d+ +\d+\nstripes +\d+ +\d+$/m);
  });

  it("writes a page with images and heat maps", async () => {
    const args = ["evaluate", "--model", model(), "--data", inFolder("pictures"), "--split", "train"];
    const { mistakeCount } = await cli.json<Evaluation>([...args, "--report", inFolder("train.html")]);
    const page = await readFile(inFolder("train.html"), "utf8");
    expect(problemsOf(page)).toEqual([]);
    // Of every mistake, up to 24; and of 6 images, next to themselves.
    expect(mistakeCount).toBeGreaterThan(0);
    expect(page.match(/<img src="data:image\/jpeg;base64,/g)).toHaveLength(Math.min(24, mistakeCount) + 12);
    expect(page.match(/alt="[^"]+: heat map of (discs|stripes)"/g)).toHaveLength(6);
    expect(page).not.toContain("no image available");
  });

  it("evaluates three classes", async () => {
    await writeClouds(inFolder("three.h5"), { classNames: ["a", "b", "c"] });
    const features = ["--features", inFolder("three.h5")];
    const settings = ["--learning-rate", "5e-3", "--epochs", "5", "--units", "16"];
    await cli.json(["train", ...features, "--out", inFolder("three"), ...settings]);
    const { confusion, accuracy } = await cli.json<Evaluation>([
      ...["evaluate", "--model", inFolder("three", "model.h5")],
      ...features,
    ]);
    expect(confusion).toHaveLength(3);
    expect((confusion[0][0] + confusion[1][1] + confusion[2][2]) / 60).toBeCloseTo(accuracy, 6);
    expect(accuracy).toBeGreaterThan(0.8);
  });

  it.each([
    [
      "weights that are others",
      () => ["--data", inFolder("pictures"), "--weights", "random"],
      4,
      /with other weights than random/,
    ],
    [
      "a split that is not there",
      () => ["--features", inFolder("unvalidated.h5"), "--split", "validation"],
      4,
      /has no split validation; --split names one of test, train/,
    ],
    [
      "features of another base",
      () => ["--features", inFolder("three.h5")],
      4,
      /come from a different base than the model's: layer block5_pool, not block2_pool/,
    ],
    [
      "other classes",
      () => ["--data", inFolder("renamed")],
      4,
      /has the classes discs, zebras; the model was trained on discs, stripes/,
    ],
    [
      "pixels that it was not trained on",
      () => ["--data", inFolder("pictures"), "--preprocess", "caffe"],
      2,
      /--preprocess caffe: .*model\.h5 was trained with rescale; omit --preprocess/,
    ],
    ["a folder that is missing", () => ["--data", "nowhere"], 4, /there is no such folder/],
    [
      "a model that is missing",
      () => ["--data", inFolder("pictures"), "--model", "nowhere.h5"],
      4,
      /nowhere\.h5: no such file/,
    ],
    [
      "weights in place of a model",
      () => ["--data", inFolder("pictures"), "--model", inFolder("weights.h5")],
      4,
      /contains only weights/,
    ],
    [
      "a head that records no base",
      () => ["--data", inFolder("pictures"), "--model", inFolder("lonely.h5")],
      4,
      /neither it nor a config\.json next to it records which base made its features/,
    ],
  ])("refuses %s", async (_, more, wanted, words) => {
    const { code, stderr } = await cli.run(["evaluate", "--model", model(), ...more()]);
    expect([code, stderr]).toEqual([wanted, expect.stringMatching(words)]);
    expect(stderr.split("\n").filter((line) => line.startsWith("wgraft:"))).toHaveLength(1);
  });
});

describe("wgraft predict", () => {
  it("agrees with evaluate, image by image", async () => {
    const files = [0, 1, 2].flatMap((i) => [image(`discs.${i}.jpg`), image(`stripes.${i}.jpg`)]);
    const { predictions } = await cli.json<Prediction>(["predict", "--model", model(), ...files]);
    expect(predictions.map(({ file }) => file)).toEqual(files);
    const { mistakes } = await cli.json<Evaluation>([
      "evaluate",
      "--model",
      model(),
      "--data",
      inFolder("pictures"),
      "--mistakes",
      "99",
    ]);
    for (const { file, class: predicted, probability, probabilities } of predictions) {
      const mistake = mistakes.find((m) => file.endsWith(m.file));
      expect(predicted).toBe(mistake?.predicted ?? (/discs\.\d/.test(file) ? "discs" : "stripes"));
      if (mistake) expect(Math.abs(probability - mistake.probability)).toBeLessThan(1e-4);
      expect(probabilities.discs + probabilities.stripes).toBeCloseTo(1, 6);
      expect(probability).toBe(Math.max(probabilities.discs, probabilities.stripes));
    }
  });

  it("refuses other names than the model was trained with", async () => {
    const command = ["predict", "--model", model(), image("discs.0.jpg"), "--class-names"];
    const { code, stderr } = await cli.run([...command, "cats,dogs"]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/--class-names cats,dogs: .* trained on discs,stripes; omit/),
    ]);
    await cli.json([...command, "discs,stripes"]);
  });

  it("refuses a bad image, or lists it with --skip-bad", async () => {
    await writeFile(inFolder("bad.jpg"), "no image");
    const command = ["predict", "--model", model(), image("discs.0.jpg"), inFolder("bad.jpg")];
    const refused = await cli.run(command);
    expect([refused.code, refused.stdout]).toEqual([4, ""]);
    expect(refused.stderr).toMatch(/wgraft: .*bad\.jpg: not an image/);
    const skipping = await cli.json<Prediction>([...command, "--skip-bad"]);
    expect(skipping.predictions).toHaveLength(1);
    expect(skipping.skipped[0].file).toBe(inFolder("bad.jpg"));
    const nothing = await cli.run(["predict", "--model", model(), inFolder("bad.jpg"), "--skip-bad"]);
    expect(nothing.code).toBe(4);
  });
});

describe("a model that takes images", () => {
  it("needs neither base nor config.json", async () => {
    const layers = [
      new Conv2D({ filters: 4, kernelSize: 3, activation: "relu", inputShape: [24, 24, 3] }),
      new GlobalAveragePooling2D(),
      new Dense({ units: 2, activation: "softmax" }),
    ];
    await new Sequential(layers, { seed: 1 }).save(inFolder("whole.h5"));
    const whole = ["--model", inFolder("whole.h5")];
    const rescale = ["--preprocess", "rescale"];
    const unsaid = await cli.run(["predict", ...whole, image("discs.0.jpg")]);
    expect([unsaid.code, unsaid.stderr]).toEqual([
      2,
      expect.stringMatching(/nothing records how its images are preprocessed; say so with --preprocess/),
    ]);
    const { samples, confusion, loss } = await cli.json<Evaluation>([
      "evaluate",
      ...whole,
      ...rescale,
      "--data",
      inFolder("pictures"),
    ]);
    expect(samples).toBe(16);
    expect(confusion.flat().reduce((sum, n) => sum + n, 0)).toBe(16);
    expect(loss).toBeGreaterThan(0.4);
    expect(loss).toBeLessThan(1.2);
    const file = image("discs.0.jpg");
    const rescaled = await cli.json<Prediction>([
      ...["predict", ...whole, ...rescale],
      ...["--class-names", "one,two", file],
    ]);
    const raw = await cli.json<Prediction>(["predict", ...whole, "--preprocess", "none", file]);
    expect(Object.keys(rescaled.predictions[0].probabilities)).toEqual(["one", "two"]);
    expect(Object.keys(raw.predictions[0].probabilities)).toEqual(["class 0", "class 1"]);
    const based = await cli.run(["predict", ...whole, "--weights", "random", file]);
    expect([based.code, based.stderr]).toEqual([2, expect.stringMatching(/has those of its base in it/)]);
    expect(raw.predictions[0].probability).not.toBeCloseTo(rescaled.predictions[0].probability, 3);
  });
});
