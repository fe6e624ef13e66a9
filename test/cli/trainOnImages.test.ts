/** `wgraft train --data` on generated images, through the first two blocks of VGG16. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeImageFolders } from "../../examples/synthetic/images.js";
import { writeVgg16Weights } from "../../examples/synthetic/weights.js";
import { VGG16 } from "../../src/models/applications/index.js";
import type { Model } from "../../src/models/model.js";
import { loadModel } from "../../src/models/saving/load.js";
import { createTestDevice } from "../support/run.js";
import { Cli } from "./cli.js";
import { writeClouds } from "./features.js";

type Histories = Record<"loss" | "acc" | "val_loss" | "val_acc", number[]>;
interface Report {
  parameters: number;
  trainableWeights: number;
  finishedEpochs: number;
  history: Histories;
}

let cli: Cli;
let folder: string;
const inFolder = (...names: string[]) => join(folder, ...names);
beforeAll(async () => {
  cli = await Cli.build();
  folder = await mkdtemp(join(tmpdir(), "wgraft-pictures-"));
  await writeImageFolders(inFolder("pictures"), { train: 6, validation: 3, size: 40 });
  await writeVgg16Weights(inFolder("weights.h5"), { upTo: "block2_pool" });
});
afterAll(async () => {
  await cli.remove();
  await rm(folder, { recursive: true, force: true });
});

const common = ["--batch-size", "5", "--seed", "5"];

function train(run: string, ...more: string[]): string[] {
  return ["train", "--data", inFolder("pictures"), "--out", inFolder(run), ...more];
}

function graft(run: string, ...more: string[]): string[] {
  const base = ["--weights", inFolder("weights.h5"), "--layer", "block2_pool", "--size", "32"];
  return train(run, ...base, ...common, "--units", "8", "--learning-rate", "1e-3", ...more);
}

async function historyOf(run: string): Promise<Histories> {
  return JSON.parse(await readFile(inFolder(run, "history.json"), "utf8")) as Histories;
}

/** Names of the base's layers whose weights are not those of the weights file any more. */
async function changedLayers(run: string): Promise<string[]> {
  const device = await createTestDevice();
  try {
    const inputShape = [32, 32, 3] as const;
    const options = { weights: inFolder("weights.h5"), includeTop: false, inputShape, layer: "block2_pool" };
    const before = await VGG16({ ...options, device });
    const model = await loadModel(inFolder(run, "model.h5"), { device });
    const base = model.getLayer("vgg16") as Model;
    const changed: string[] = [];
    for (const layer of before.layers) {
      const [old, now] = [await layer.getWeights(), await base.getLayer(layer.name).getWeights()];
      expect(now.map(({ shape }) => shape)).toEqual(old.map(({ shape }) => shape));
      const bytes = (tensors: typeof old) =>
        tensors.map((t) => Buffer.from(t.dataSync().buffer).toString("base64"));
      if (bytes(old).join() !== bytes(now).join()) changed.push(layer.name);
    }
    return changed;
  } finally {
    device.destroy();
  }
}

describe("wgraft train --data", () => {
  it("trains a head through a frozen base, augmented, and leaves what a run leaves", async () => {
    const { code, stdout, stderr } = await cli.run(graft("run", "--epochs", "2", "--augment"));
    expect(stderr).toMatch(/12 images at 32×32, augmented, 6 to validate on; 2 epochs .* seed 5\n/);
    expect(stderr).toContain("training changes 4 of 12 weights");
    expect(code).toBe(0);
    expect(stdout.match(/^Epoch \d\/2 - .* - val_loss: [\d.]+ - val_acc: [\d.]+$/gm)).toHaveLength(2);
    expect((await readdir(inFolder("run"))).sort()).toEqual([
      "checkpoint",
      "config.json",
      "curves.png",
      "curves.svg",
      "history.csv",
      "history.json",
      "images.json",
      "model.h5",
      "report.html",
    ]);
    expect(await changedLayers("run")).toEqual([]);
    const config = JSON.parse(await readFile(inFolder("run", "config.json"), "utf8")) as object;
    expect(config).toMatchObject({
      data: inFolder("pictures"),
      settings: {
        units: 8,
        pictures: {
          trainable: ["none"],
          augment: { rotationRange: 40, zoomRange: 0.2, horizontalFlip: true },
        },
      },
      base: { application: "vgg16", layer: "block2_pool", inputShape: [32, 32, 3], preprocess: "rescale" },
    });
  });

  it("validates as evaluate does, and predicts", async () => {
    const { loss, accuracy } = await cli.json<{ loss: number; accuracy: number }>([
      ...["evaluate", "--model", inFolder("run", "model.h5"), "--data", inFolder("pictures")],
      ...["--split", "validation"],
    ]);
    const history = await historyOf("run");
    expect(history.val_loss[1]).toBeCloseTo(loss, 4);
    expect(history.val_acc[1]).toBeCloseTo(accuracy, 6);
    const image = inFolder("pictures", "train", "discs", "discs.0.jpg");
    const { predictions } = await cli.json<{ predictions: { class: string; probability: number }[] }>([
      ...["predict", "--model", inFolder("run", "model.h5"), image],
    ]);
    expect(["discs", "stripes"]).toContain(predictions[0].class);
    expect(predictions[0].probability).toBeGreaterThanOrEqual(0.5);
  });

  it("draws the same again with the same seed; goes on with --resume to the same end", async () => {
    const first = await cli.json<Report>(graft("stopped", "--epochs", "1", "--augment"));
    const whole = await historyOf("run");
    expect(first).toMatchObject({ trainableWeights: 4, finishedEpochs: 1 });
    expect(first.history.loss).toEqual(whole.loss.slice(0, 1));
    const resumed = await cli.json<Report>(train("stopped", "--resume", "--epochs", "2"));
    expect(resumed.history).toEqual(whole);
    const others = await cli.run(train("stopped", "--resume", "--size", "64", "--zoom-range", "0.1"));
    expect([others.code, others.stderr]).toEqual([
      2,
      expect.stringMatching(/--augment is {"zoomRange":0.1}, was {.*}; --size is 64, was 32/),
    ]);
  });

  it("transforms only what is asked for", async () => {
    const { history: plain } = await cli.json<Report>(graft("plain", "--epochs", "1"));
    const { history: flipped } = await cli.json<Report>(
      graft("flipped", "--epochs", "1", "--horizontal-flip"),
    );
    const augmented = await historyOf("run");
    expect(new Set([plain.loss[0], flipped.loss[0], augmented.loss[0]]).size).toBe(3);
    const config = await readFile(inFolder("flipped", "config.json"), "utf8");
    expect(config).toMatch(/"augment": {\s*"horizontalFlip": true\s*}/);
  });

  it("takes more steps than one pass gives, and leaves out images that do not decode", async () => {
    await writeImageFolders(inFolder("spoilt"), { train: 2, size: 40 });
    await writeFile(inFolder("spoilt", "train", "discs", "bad.jpg"), "no picture");
    const more = [
      "--data",
      inFolder("spoilt"),
      "--epochs",
      "1",
      "--steps-per-epoch",
      "3",
      "--batch-size",
      "2",
      "--validation-split",
      "0",
    ];
    const refused = await cli.run(graft("spoilt-run", ...more));
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining("bad.jpg")]);
    const { code, stderr, stdout } = await cli.run(graft("spoilt-run", ...more, "--skip-bad"));
    expect([code, stderr.match(/^skipped .*bad\.jpg.*$/gm)]).toEqual([0, [expect.any(String)]]);
    expect(stdout).toMatch(/^Epoch 1\/1 - [\d.]+s - loss: [\d.]+ - acc: [\d.]+$/m);
  });
});

describe("wgraft train --data with classes that are not even", () => {
  interface Kept extends Report {
    bestEpoch: number;
    keptEpoch: number;
    classWeight: Record<string, number> | null;
  }

  it("weighs them, keeps the best model, and goes on with --resume to the same end", async () => {
    const more = ["--class-weight", "balanced", "--early-stop", "9", "--checkpoint-best", "--limit", "5"];
    const whole = await cli.json<Kept>(graft("weighed", ...more, "--epochs", "3"));
    // As many of each class: a weight of 1 for both, and so the course of a run without.
    expect(whole.classWeight).toEqual({ discs: 1, stripes: 1 });
    const plain = await cli.json<Kept>(graft("unweighed", "--limit", "5", "--epochs", "1"));
    expect(plain.classWeight).toBeNull();
    expect(plain.history.loss[0]).toBeCloseTo(whole.history.loss[0], 5);
    const best = whole.history.val_loss.indexOf(Math.min(...whole.history.val_loss));
    expect(whole).toMatchObject({ bestEpoch: best + 1, keptEpoch: best + 1 });
    const { loss } = await cli.json<{ loss: number }>([
      ...["evaluate", "--model", inFolder("weighed", "checkpoint", "best.h5")],
      ...["--data", inFolder("pictures"), "--split", "validation"],
    ]);
    expect(loss).toBeCloseTo(whole.history.val_loss[best], 4);

    await cli.json(graft("halved", ...more, "--epochs", "1"));
    const others = await cli.run(train("halved", "--resume", "--class-weight", "1=3"));
    expect([others.code, others.stderr]).toEqual([
      2,
      expect.stringMatching(/--class-weight is {"stripes":3}, was {"discs":1,"stripes":1}/),
    ]);
    const resumed = await cli.json<Kept>(
      train("halved", "--resume", "--class-weight", "balanced", "--epochs", "3"),
    );
    expect(resumed).toMatchObject({ history: whole.history, bestEpoch: best + 1, keptEpoch: best + 1 });
  });

  it("changes the course, and refuses classes that there are not", async () => {
    const heavy = await cli.json<Kept>(graft("heavy", "--class-weight", "stripes=3", "--epochs", "1"));
    expect(heavy.classWeight).toEqual({ stripes: 3 });
    const light = await cli.json<Kept>(graft("light", "--epochs", "1"));
    expect(heavy.history.loss[0]).toBeGreaterThan(light.history.loss[0] * 1.2);
    const { code, stderr } = await cli.run(graft("refused", "--class-weight", "cats=3"));
    expect([code, stderr]).toEqual([2, expect.stringMatching(/no class cats; there are: discs, stripes/)]);
  });
});

describe("fine-tuning", () => {
  it("goes on from a saved model and changes the named block, no other", async () => {
    const init = ["--init", inFolder("run", "model.h5"), "--trainable", "block2", "--learning-rate", "1e-7"];
    const report = await cli.json<Report>(train("tuned", ...init, ...common, "--epochs", "1"));
    expect(report.trainableWeights).toBe(8);
    expect(await changedLayers("tuned")).toEqual(["block2_conv1", "block2_conv2"]);
    // So small a rate hardly moves the loss, which a new head would not have.
    const { val_loss } = await historyOf("run");
    expect(Math.abs(report.history.val_loss[0] - val_loss[1])).toBeLessThan(0.01);
  });

  it("changes every layer with all", async () => {
    const { trainableWeights } = await cli.json<Report>(graft("all", "--epochs", "1", "--trainable", "all"));
    expect(trainableWeights).toBe(12);
    expect(await changedLayers("all")).toEqual([
      "block1_conv1",
      "block1_conv2",
      "block2_conv1",
      "block2_conv2",
    ]);
  });

  it("refuses what cannot be trained", async () => {
    const nowhere = await cli.run(graft("refused", "--trainable", "block5"));
    expect([nowhere.code, nowhere.stderr]).toEqual([
      2,
      expect.stringMatching(/block5 is no layer or block of the base; it has: block1_conv1, /),
    ]);
    const size = await cli.run(train("refused", "--init", inFolder("run", "model.h5"), "--size", "64"));
    expect([size.code, size.stderr]).toEqual([2, expect.stringContaining("takes pictures of 32×32")]);
  });

  it("trains through batch normalization", async () => {
    const mobilenet = ["--app", "mobilenet", "--alpha", "0.25", "--weights", "random", "--size", "32"];
    const normalized = await cli.run(
      train("normalized", ...mobilenet, "--trainable", "all", "--epochs", "1"),
    );
    expect([normalized.code, normalized.stderr]).toEqual([0, expect.any(String)]);
  });

  it("does not go on with a run on images as one on features", async () => {
    await writeClouds(inFolder("features.h5"), { counts: { train: 4 } });
    const onFeatures = ["train", "--features", inFolder("features.h5"), "--out", inFolder("run"), "--resume"];
    const features = await cli.run(onFeatures);
    expect([features.code, features.stderr]).toEqual([2, expect.stringContaining("needs --data")]);
  });
});
