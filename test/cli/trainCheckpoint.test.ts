/** `wgraft train --early-stop --checkpoint-best`: what a run keeps, also when it is killed or interrupted. */
import type { ChildProcess } from "node:child_process";
import { access, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCheckpoint } from "../../src/transfer/run/checkpoint.js";
import { readFeatures } from "../../src/transfer/data/features.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { loadModel } from "../../src/models/saving/load.js";
import type { Tensor } from "../../src/tensor.js";
import { createTestDevice } from "../support/run.js";
import { Cli } from "./cli.js";
import { writeClouds } from "./features.js";

interface Report {
  finishedEpochs: number;
  stoppedEarly: boolean;
  bestEpoch: number;
  keptEpoch: number;
  bestModel?: string;
  history: Record<"loss" | "acc" | "val_loss" | "val_acc", number[]>;
}

/** Several CLI processes each, on a machine that may be busy. */
const patient = 120_000;
const earlyStop = 6;

let cli: Cli;
let device: Device;
let folder: string;
let validation: readonly [Tensor<"float32">, Tensor<"float32">];
/** What a run that nothing befalls comes to. */
let whole: Report;
const inFolder = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  cli = await Cli.build();
  device = await createTestDevice();
  folder = await mkdtemp(join(tmpdir(), "wgraft-kept-"));
  // Classes that overlap, so that a head soon learns the training samples by heart and gets worse at others.
  await writeClouds(inFolder("features.h5"), { separation: 0.3 });
  const { features, labels } = (await readFeatures(inFolder("features.h5"))).splits.validation;
  validation = [features.reshape([40, 32]), labels];
  whole = await cli.json<Report>(args("whole"));
}, patient);
afterAll(async () => {
  device.destroy();
  await cli.remove();
  await rm(folder, { recursive: true, force: true });
});

/** Epochs of many steps: a signal that comes after the last epoch's line comes in the midst of the next. */
function args(run: string, ...more: string[]): string[] {
  const head = ["--units", "16", "--learning-rate", "1e-3", "--seed", "5", "--steps-per-epoch", "60"];
  const keeping = ["--epochs", "60", "--early-stop", String(earlyStop), "--checkpoint-best"];
  return [
    "train",
    "--features",
    inFolder("features.h5"),
    "--out",
    inFolder(run),
    ...head,
    ...keeping,
    ...more,
  ];
}

function resume(run: string, ...more: string[]): string[] {
  return ["train", "--features", inFolder("features.h5"), "--out", inFolder(run), "--resume", ...more];
}

/** Loads a model, predicts with it, and returns its loss on the validation samples. */
async function validationLoss(...path: string[]): Promise<number> {
  const model = await loadModel(inFolder(...path), { device });
  const predictions = (await model.predict(validation[0])).dataSync();
  expect(predictions).toHaveLength(40);
  expect(predictions.every((p) => p >= 0 && p <= 1)).toBe(true);
  return (await model.evaluate(...validation)).loss;
}

/** Place of the smallest, the first of equals. */
const bestOf = (values: readonly number[]) => values.indexOf(Math.min(...values));

const exists = (...path: string[]) =>
  access(inFolder(...path)).then(
    () => true,
    () => false,
  );

async function configOf(...path: string[]): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(inFolder(...path), "utf8")) as Record<string, unknown>;
}

describe("--early-stop and --checkpoint-best", () => {
  it("end the training when no better epoch comes, and keep the best one's weights", async () => {
    const { val_loss } = whole.history;
    const best = bestOf(val_loss);
    expect(best).toBeGreaterThan(0);
    expect(whole).toMatchObject({
      finishedEpochs: best + 1 + earlyStop,
      stoppedEarly: true,
      bestEpoch: best + 1,
      keptEpoch: best + 1,
      bestModel: inFolder("whole", "checkpoint", "best.h5"),
    });
    expect(await validationLoss("whole", "model.h5")).toBeCloseTo(val_loss[best], 5);
    expect(await validationLoss("whole", "checkpoint", "best.h5")).toBeCloseTo(val_loss[best], 5);
    expect(await validationLoss("whole", "checkpoint", "last.h5")).toBeCloseTo(val_loss.at(-1)!, 5);
    expect((await readdir(inFolder("whole", "checkpoint"))).sort()).toEqual([
      ...["best.h5", "config.json", "last.h5", "state.h5"],
    ]);
    const settled = { earlyStop, checkpointBest: true, base: { classNames: ["discs", "stripes"] } };
    expect(await configOf("whole", "config.json")).toMatchObject({
      ...settled,
      ...{ stoppedEarly: true, bestEpoch: best + 1, finishedEpochs: whole.finishedEpochs },
    });
    expect(await configOf("whole", "checkpoint", "config.json")).toMatchObject(settled);
  });

  it(
    "say which weights are kept, also when the training ends by itself or had ended already",
    async () => {
      const { val_loss } = whole.history;
      const value = val_loss[bestOf(val_loss)].toFixed(4);
      const again = await cli.run(resume("whole"));
      expect([again.code, again.stdout]).toEqual([0, expect.not.stringMatching(/^Epoch/m)]);
      expect(again.stderr).toMatch(
        /whole had stopped early after epoch \d+; a larger --early-stop goes on\n/,
      );
      expect(again.stderr).toContain(
        `stopped early after epoch ${whole.finishedEpochs}: no lower val_loss for ${earlyStop} epochs; ` +
          `kept the weights of epoch ${whole.bestEpoch}, the best (val_loss ${value})\n`,
      );
      expect(await validationLoss("whole", "model.h5")).toBeCloseTo(Math.min(...val_loss), 5);

      const longer = ["--early-stop", "50", "--epochs", String(whole.finishedEpochs + 1)];
      const more = await cli.run(resume("whole", ...longer));
      expect(more.stdout.match(/^Epoch /gm)).toHaveLength(1);
      expect(more.stderr).toContain(`kept the weights of epoch ${whole.bestEpoch}, the best`);
      expect(more.stderr).not.toContain("stopped early after");
      expect(await validationLoss("whole", "model.h5")).toBeCloseTo(Math.min(...val_loss), 5);
    },
    patient,
  );

  it(
    "go by the loss where nothing is validated; without them the last weights stay, and no stale best model",
    async () => {
      await writeClouds(inFolder("unvalidated.h5"), { counts: { train: 20 } });
      const unvalidated = (...more: string[]) => [
        ...["train", "--features", inFolder("unvalidated.h5"), "--out", inFolder("plain"), "--seed", "5"],
        ...["--units", "4", "--learning-rate", "1e-3", "--epochs", "2", ...more],
      ];
      const { stderr } = await cli.run(unvalidated("--early-stop", "--checkpoint-best"));
      expect(stderr).toMatch(/kept the weights of epoch 2, the best \(loss \d/);
      expect(await configOf("plain", "config.json")).toMatchObject({ earlyStop: 5, stoppedEarly: false });
      expect(await exists("plain", "checkpoint", "best.h5")).toBe(true);
      const report = await cli.json<Report>(unvalidated("--overwrite"));
      expect(report).toMatchObject({ stoppedEarly: false, keptEpoch: 2 });
      expect(report).not.toHaveProperty("bestEpoch");
      expect(await exists("plain", "checkpoint", "best.h5")).toBe(false);
    },
    patient,
  );
});

/** Runs a training that gets a signal once an epoch is over. */
async function signalled(signal: NodeJS.Signals, run: string, afterEpoch: number) {
  let sent: Promise<unknown> | undefined;
  const onOutput = (output: string, child: ChildProcess) => {
    if (!output.includes(`Epoch ${afterEpoch}/60 - `)) return;
    sent ??= new Promise((resolve) => setTimeout(() => resolve(child.kill(signal)), 40));
  };
  const finished = await cli.run(args(run), { onOutput });
  expect(await sent).toBe(true);
  const lines = finished.stdout.match(/^Epoch .* val_loss: [\d.]+/gm) ?? [];
  return { ...finished, val_loss: lines.map((line) => Number(/[\d.]+$/.exec(line)![0])) };
}

/** Asserts that a resumed run ends where one that nothing befell does, in its figures and its models. */
async function expectSameEnd(run: string): Promise<void> {
  expect(await cli.json<Report>(resume(run))).toMatchObject({
    ...{ history: whole.history, stoppedEarly: true },
    ...{ finishedEpochs: whole.finishedEpochs, bestEpoch: whole.bestEpoch, keptEpoch: whole.keptEpoch },
  });
  const { val_loss } = whole.history;
  expect(await validationLoss(run, "model.h5")).toBeCloseTo(Math.min(...val_loss), 6);
  expect(await validationLoss(run, "checkpoint", "best.h5")).toBeCloseTo(Math.min(...val_loss), 6);
  expect(await validationLoss(run, "checkpoint", "last.h5")).toBeCloseTo(val_loss.at(-1)!, 6);
}

describe("a training that is cut off", () => {
  it(
    "by SIGKILL leaves the last and the best model whole, and goes on to the same end",
    async () => {
      const { code, val_loss } = await signalled("SIGKILL", "killed", 3);
      expect(code).toBeNull();
      expect(val_loss.length).toBeGreaterThanOrEqual(3);
      expect(val_loss.length).toBeLessThan(whole.finishedEpochs);
      expect(await exists("killed", "model.h5")).toBe(false);

      const { state } = await readCheckpoint(inFolder("killed", "checkpoint", "state.h5"));
      expect(state.epochs).toBeGreaterThanOrEqual(1);
      expect(state.epochs).toBeLessThanOrEqual(val_loss.length);
      const near = (loss: number, epochs: number[]) => epochs.some((v) => Math.abs(v - loss) < 1e-4);
      // It may have died between two files; each is that of one epoch or of the one before.
      const last = await validationLoss("killed", "checkpoint", "last.h5");
      expect(near(last, val_loss.slice(state.epochs - 1))).toBe(true);
      const best = await validationLoss("killed", "checkpoint", "best.h5");
      expect(near(best, [Math.min(...val_loss), Math.min(...val_loss.slice(0, -1))])).toBe(true);
      expect(await configOf("killed", "checkpoint", "config.json")).toMatchObject({ checkpointBest: true });

      // A best model that the run has not come to yet, as far as its state knows.
      await writeFile(inFolder("killed", "checkpoint", "best.h5"), "of a future that did not happen");
      await expectSameEnd("killed");
    },
    patient,
  );

  it(
    "by Ctrl-C exits with 130, leaves the last epoch's model, and goes on to the same end",
    async () => {
      const { code, stderr, val_loss } = await signalled("SIGINT", "interrupted", 2);
      expect([code, stderr]).toEqual([130, expect.stringMatching(/interrupted after \d+ of 60 epochs/)]);
      const state = await readCheckpoint(inFolder("interrupted", "checkpoint", "state.h5"));
      expect(state.state.epochs).toBe(val_loss.length);
      // Steps of the epoch under way are in none of the files.
      for (const file of ["model.h5", "checkpoint/last.h5"])
        expect(await validationLoss("interrupted", file)).toBeCloseTo(val_loss.at(-1)!, 3);
      const best = await validationLoss("interrupted", "checkpoint", "best.h5");
      expect(best).toBeCloseTo(Math.min(...val_loss), 3);
      await expectSameEnd("interrupted");
    },
    patient,
  );
});
