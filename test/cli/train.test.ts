/** `wgraft train --features`: what it leaves, how it goes on, what it refuses. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeVgg16Weights } from "../../examples/synthetic/weights.js";
import { withHdf5 } from "../../src/io/hdf5/reader.js";
import { Cli } from "./cli.js";
import { writeClouds } from "./features.js";

type Histories = Record<"loss" | "acc" | "val_loss" | "val_acc", number[]>;
interface Report {
  parameters: number;
  finishedEpochs: number;
  interrupted: boolean;
  history: Histories;
}

let cli: Cli;
let folder: string;
const inFolder = (...names: string[]) => join(folder, ...names);
beforeAll(async () => {
  cli = await Cli.build();
  folder = await mkdtemp(join(tmpdir(), "wgraft-train-"));
  await writeClouds(inFolder("features.h5"));
});
afterAll(async () => {
  await cli.remove();
  await rm(folder, { recursive: true, force: true });
});

function args(run: string, ...more: string[]): string[] {
  const head = ["--units", "16", "--learning-rate", "5e-3", "--seed", "5"];
  return ["train", "--features", inFolder("features.h5"), "--out", inFolder(run), ...head, ...more];
}

/** What `--resume` needs and nothing that it remembers. */
function resume(run: string, ...more: string[]): string[] {
  return ["train", "--features", inFolder("features.h5"), "--out", inFolder(run), "--resume", ...more];
}

async function historyOf(run: string): Promise<Histories> {
  return JSON.parse(await readFile(inFolder(run, "history.json"), "utf8")) as Histories;
}

async function contents(run: string): Promise<Record<string, string>> {
  const names = (await readdir(inFolder(run), { recursive: true })).sort();
  const files = names.filter((name) => name.includes("."));
  return Object.fromEntries(
    await Promise.all(
      files.map(async (name) => [name, await readFile(inFolder(run, name), "base64")] as const),
    ),
  );
}

const runFiles = [
  "checkpoint",
  "config.json",
  "curves.png",
  "curves.svg",
  "history.csv",
  "history.json",
  "model.h5",
  "report.html",
];

describe("wgraft train", () => {
  it("learns, prints an epoch a line, and leaves model, curves and reports", async () => {
    const { code, stdout, stderr } = await cli.run(args("run", "--epochs", "8"));
    expect(code).toBe(0);
    expect(stderr).toMatch(/120 samples of 32 features, 40 to validate on; 8 epochs .* seed 5/);
    const lines = stdout.match(
      /^Epoch \d\/8 - [\d.]+s - loss: [\d.]+ - acc: [\d.]+ - val_loss: [\d.]+ - val_acc: [\d.]+$/gm,
    );
    expect(lines).toHaveLength(8);
    expect((await readdir(inFolder("run"))).sort()).toEqual(runFiles);

    const history = await historyOf("run");
    expect(Object.keys(history)).toEqual(["loss", "acc", "val_loss", "val_acc"]);
    expect(history.loss).toHaveLength(8);
    expect(history.loss[7]).toBeLessThan(history.loss[0] / 2);
    expect(history.val_acc[7]).toBeGreaterThan(0.85);
    expect(lines![7]).toContain(`val_acc: ${history.val_acc[7].toFixed(4)}`);

    const config = JSON.parse(await readFile(inFolder("run", "config.json"), "utf8")) as object;
    expect(config).toMatchObject({
      epochs: 8,
      finishedEpochs: 8,
      settings: { units: 16, dropout: 0.5, optimizer: "rmsprop", learningRate: 5e-3, batchSize: 20, seed: 5 },
      base: { application: "vgg16", layer: "block5_pool", classNames: ["discs", "stripes"] },
    });
    expect((await readFile(inFolder("run", "history.csv"), "utf8")).split("\n")).toHaveLength(10);
    expect(await readFile(inFolder("run", "curves.svg"), "utf8")).toMatch(/^<svg/);
    expect(await readFile(inFolder("run", "report.html"), "utf8")).toContain("A head on vgg16 features");
  });

  it("writes a model that is read back, compiled as it was trained", async () => {
    const summary = await cli.json<{ layers: { name: string; className: string }[]; totalParams: number }>([
      "summary",
      inFolder("run", "model.h5"),
    ]);
    expect(summary.layers.map(({ className }) => className)).toEqual(["Dense", "Dropout", "Dense"]);
    expect(summary.totalParams).toBe(32 * 16 + 16 + 16 + 1);
  });

  it("does the same again with the same seed, and something else with another", async () => {
    const again = await cli.json<Report>(args("again", "--epochs", "8"));
    expect(again.history).toEqual(await historyOf("run"));
    const other = await cli.json<Report>([...args("other", "--epochs", "1"), "--seed", "6"]);
    expect(other.history.loss[0]).not.toBe(again.history.loss[0]);
  });

  it("takes the number of steps, of validation steps and the order as told", async () => {
    const short = await cli.json<Report>(
      args("short", "--epochs", "1", "--no-shuffle", "--steps-per-epoch", "1", "--validation-steps", "1"),
    );
    // The first batches hold the first class only, and the head does not know anything yet.
    expect(short.history.acc[0] * 20).toBeCloseTo(Math.round(short.history.acc[0] * 20), 5);
    const state = await stat(inFolder("short", "checkpoint", "state.h5"));
    expect(state.size).toBeGreaterThan(0);
  });

  it("puts a softmax over three classes", async () => {
    await writeClouds(inFolder("three.h5"), { classNames: ["a", "b", "c"] });
    const report = await cli.json<Report>([
      ...args("three", "--epochs", "8"),
      "--features",
      inFolder("three.h5"),
    ]);
    expect(report.parameters).toBe(32 * 16 + 16 + 3 * 16 + 3);
    expect(report.history.val_acc[7]).toBeGreaterThan(0.8);
  });

  it("trains without a validation split", async () => {
    await writeClouds(inFolder("unvalidated.h5"), { counts: { train: 20 } });
    const report = await cli.json<Report>([
      ...args("unvalidated", "--epochs", "1"),
      "--features",
      inFolder("unvalidated.h5"),
    ]);
    expect(Object.keys(report.history)).toEqual(["loss", "acc"]);
  });
});

describe("wgraft train --resume", () => {
  it("ends where a run that was not stopped ends", async () => {
    await cli.json(args("stopped", "--epochs", "3"));
    const resumed = await cli.json<Report>(resume("stopped", "--epochs", "8"));
    expect(resumed.finishedEpochs).toBe(8);
    expect(resumed.history).toEqual(await historyOf("run"));
    const again = await cli.run(resume("stopped", "--epochs", "5"));
    expect(again.stderr).toContain("has its 8 epochs; use a larger --epochs to continue");
    expect(await historyOf("stopped")).toEqual(resumed.history);
    const kernel = (run: string) =>
      withHdf5(inFolder(run, "model.h5"), ({ root }) =>
        root.dataset("model_weights/dense_1/dense_1/kernel:0")?.readFloat32(),
      );
    expect(await kernel("stopped")).toEqual(await kernel("run"));
  });

  it("refuses to go on with other settings, other features, or from nowhere", async () => {
    const settings = await cli.run(resume("stopped", "--units", "8", "--optimizer", "sgd"));
    expect(settings.code).toBe(2);
    expect(settings.stderr).toMatch(/--units is 8, was 16; --optimizer is sgd, was rmsprop/);
    await writeClouds(inFolder("others.h5"), { counts: { train: 30 } });
    const features = await cli.run([...resume("stopped"), "--features", inFolder("others.h5")]);
    expect([features.code, features.stderr]).toEqual([
      2,
      expect.stringMatching(/the features are different/),
    ]);
    await writeClouds(inFolder("train-only.h5"), { counts: { train: 60 } });
    const unvalidated = await cli.run([...resume("stopped"), "--features", inFolder("train-only.h5")]);
    expect([unvalidated.code, unvalidated.stderr]).toEqual([
      2,
      expect.stringMatching(/with validation data, but there are none now/),
    ]);
    const nowhere = await cli.run(resume("nowhere"));
    expect([nowhere.code, nowhere.stderr]).toEqual([4, expect.stringMatching(/state\.h5: no such file/)]);
    await writeFile(inFolder("stopped", "checkpoint", "state.h5"), "spoilt");
    const spoilt = await cli.run(resume("stopped"));
    expect([spoilt.code, spoilt.stderr]).toEqual([
      4,
      expect.stringMatching(/state\.h5: is not an HDF5 file/),
    ]);
  });
});

describe("wgraft train --init", () => {
  function init(run: string, model: string, ...more: string[]): string[] {
    const features = ["--features", inFolder("features.h5")];
    return [
      "train",
      ...features,
      "--out",
      inFolder(run),
      "--init",
      inFolder(model),
      "--epochs",
      "1",
      ...more,
    ];
  }

  it("goes on from the weights of a saved model", async () => {
    const { history } = await cli.json<Report>(init("tuned", "run/model.h5", "--learning-rate", "1e-8"));
    const earlier = await historyOf("run");
    expect(Math.abs(history.val_loss[0] - earlier.val_loss[7])).toBeLessThan(1e-4);
  });

  it("can be resumed too", async () => {
    await cli.json(init("tuned2", "run/model.h5", "--seed", "9"));
    await cli.json(resume("tuned2", "--epochs", "2"));
    await cli.json(init("tuned3", "run/model.h5", "--seed", "9", "--epochs", "2"));
    expect(await historyOf("tuned2")).toEqual(await historyOf("tuned3"));
  });

  it("refuses a model of another size, of other classes, and files that are none, with exit code 4", async () => {
    await writeClouds(inFolder("wide.h5"), { shape: [4, 4, 8], counts: { train: 4 } });
    const wide = await cli.run([...init("refused", "run/model.h5"), "--features", inFolder("wide.h5")]);
    expect([wide.code, wide.stderr]).toEqual([
      4,
      expect.stringMatching(/takes inputs \(32,\), the features have 128/),
    ]);
    const three = await cli.run([...init("refused", "run/model.h5"), "--features", inFolder("three.h5")]);
    expect([three.code, three.stderr]).toEqual([4, expect.stringMatching(/outputs \(1,\), .* 3 classes/)]);
    await writeVgg16Weights(inFolder("weights.h5"), { upTo: "block1_pool" });
    const weights = await cli.run(init("refused", "weights.h5"));
    expect([weights.code, weights.stderr]).toEqual([
      4,
      expect.stringMatching(/contains only weights, no model/),
    ]);
    await expect(stat(inFolder("refused"))).rejects.toThrow("ENOENT");
  });
});

describe("wgraft train with bad input", () => {
  it.each([
    ["features that are missing", ["--features", "nowhere.h5"], 4, /nowhere\.h5: no such file/],
    ["a file that holds none", ["--features", "package.json"], 4, /is not an HDF5 file/],
    ["a RUN that is a file", ["--out", "package.json"], 1, /cannot write package\.json: it is a file/],
    ["a RUN below a file", ["--out", "package.json/run"], 1, /cannot write package\.json\/run/],
  ])("refuses %s", async (_, more, wanted, words) => {
    const { code, stderr } = await cli.run(args("refused", ...more));
    expect([code, stderr]).toEqual([wanted, expect.stringMatching(words)]);
  });

  it("refuses features of a single class, and features to validate on only", async () => {
    await writeClouds(inFolder("single.h5"), { onlyClass: 1 });
    const single = await cli.run(args("refused", "--features", inFolder("single.h5")));
    expect([single.code, single.stderr]).toEqual([4, expect.stringMatching(/images of only one class/)]);
    await writeClouds(inFolder("untrained.h5"), { counts: { validation: 4 } });
    const untrained = await cli.run(args("refused", "--features", inFolder("untrained.h5")));
    expect([untrained.code, untrained.stderr]).toEqual([
      4,
      expect.stringMatching(/has no split train, only validation/),
    ]);
  });

  it("leaves an earlier run as it was when it fails", async () => {
    const before = await contents("run");
    const { code } = await cli.run(args("run", "--init", inFolder("weights.h5")));
    expect(code).toBe(2);
    const failing = ["train", "--features", inFolder("features.h5"), "--out", inFolder("run")];
    expect((await cli.run([...failing, "--overwrite", "--init", inFolder("three", "model.h5")])).code).toBe(
      4,
    );
    expect((await cli.run([...failing, "--overwrite", "--adapter", "no such card"])).code).toBe(3);
    expect(await contents("run")).toEqual(before);
  });
});

describe("Ctrl-C in wgraft train", () => {
  it("saves the finished epochs, exits with 130, and --resume goes on to the same end", async () => {
    const command = args("interrupted", "--epochs", "100000");
    const { code, stdout, stderr } = await cli.interruptAt(/Epoch 3\//, command);
    expect(code).toBe(130);
    const [, finished] = /interrupted after (\d+) of 100000 epochs/.exec(stderr) ?? [];
    const epochs = Number(finished);
    expect(epochs).toBeGreaterThanOrEqual(3);
    expect(stdout.match(/^Epoch /gm)).toHaveLength(epochs);
    expect((await readdir(inFolder("interrupted"))).sort()).toEqual(runFiles);
    expect((await historyOf("interrupted")).loss).toHaveLength(epochs);

    const total = String(epochs + 2);
    await cli.json(resume("interrupted", "--epochs", total));
    await cli.json(args("uninterrupted", "--epochs", total));
    expect(await historyOf("interrupted")).toEqual(await historyOf("uninterrupted"));
  });

  it("leaves nothing when it comes before the first epoch is finished", async () => {
    const command = args("early", "--steps-per-epoch", "1000000");
    const { code, stderr } = await cli.interruptAt(/seed 5/, command);
    expect(code).toBe(130);
    expect(stderr).toMatch(/interrupted before an epoch was finished/);
    await expect(stat(inFolder("early"))).rejects.toThrow("ENOENT");
  });
});
