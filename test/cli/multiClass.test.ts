/** Three classes on the command line: softmax, confusion matrix and probabilities, from features and end to end. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeVgg16Weights } from "../../examples/synthetic/weights.js";
import { writeThreeClasses } from "../support/images.js";
import { Cli } from "./cli.js";

interface Evaluation {
  classNames: string[];
  samples: number;
  loss: number;
  accuracy: number;
  confusion: number[][];
  mistakes: { file: string; class: string; predicted: string; probability: number }[];
}
interface Prediction {
  predictions: { file: string; class: string; probability: number; probabilities: Record<string, number> }[];
}
type History = Record<"loss" | "acc" | "val_loss" | "val_acc", number[]>;

const classNames = ["discs", "plain", "stripes"];
const epochs = 12;

let cli: Cli;
let folder: string;
const inFolder = (...names: string[]) => join(folder, ...names);
const images = () => inFolder("pictures");
beforeAll(async () => {
  cli = await Cli.build();
  folder = await mkdtemp(join(tmpdir(), "wgraft-classes-"));
  await writeThreeClasses(images(), { train: 12, validation: 4, test: 4, size: 40 });
  await writeVgg16Weights(inFolder("weights.h5"), { upTo: "block2_pool" });
});
afterAll(async () => {
  await cli.remove();
  await rm(folder, { recursive: true, force: true });
});

const base = () => ["--weights", inFolder("weights.h5"), "--layer", "block2_pool", "--size", "32"];
const head = ["--units", "32", "--epochs", `${epochs}`, "--learning-rate", "2e-3", "--seed", "3"];

async function train(run: string, data: readonly string[]): Promise<History> {
  const command = ["train", ...data, "--out", inFolder(run), "--batch-size", "12", ...head];
  return (await cli.json<{ history: History }>(command)).history;
}

/** Evaluates a run on the test images and predicts each of them. @returns the confusion matrix */
async function expectConsistent(run: string): Promise<number[][]> {
  const model = inFolder(run, "model.h5");
  const test = await cli.json<Evaluation>([
    "evaluate",
    "--model",
    model,
    "--data",
    images(),
    "--mistakes",
    "99",
  ]);
  const { confusion } = test;
  expect(test).toMatchObject({ classNames, samples: 12 });
  expect(confusion.map((row) => row.reduce((sum, n) => sum + n, 0))).toEqual([4, 4, 4]);
  expect(test.accuracy).toBeCloseTo((confusion[0][0] + confusion[1][1] + confusion[2][2]) / 12, 6);
  expect(test.accuracy).toBeGreaterThan(1 / 2);

  const files = classNames.flatMap((name) => [0, 1, 2, 3].map((i) => `${name}/${name}.${i}.jpg`));
  const paths = files.map((file) => join(images(), "test", file));
  const predict = ["predict", "--model", model, ...paths];
  const { predictions } = await cli.json<Prediction>(predict);
  const predicted = classNames.map(() => classNames.map(() => 0));
  for (const [i, { class: name, probability, probabilities }] of predictions.entries()) {
    expect(Object.keys(probabilities)).toEqual(classNames);
    const values = Object.values(probabilities);
    expect(values.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
    expect(probability).toBe(Math.max(...values));
    expect(probabilities[name]).toBe(probability);
    predicted[Math.floor(i / 4)][classNames.indexOf(name)]++;
    const mistake = test.mistakes.find(({ file }) => file === files[i]);
    expect(name).toBe(mistake?.predicted ?? files[i].split("/")[0]);
  }
  expect(predicted).toEqual(confusion);
  return confusion;
}

describe("three classes", () => {
  it("are learned from features", async () => {
    const features = inFolder("features.h5");
    await cli.json(["extract", "--data", images(), "--out", features, ...base()]);
    const history = await train("on-features", ["--features", features]);
    expect(history.loss[epochs - 1]).toBeLessThan(history.loss[0]);
    const confusion = await expectConsistent("on-features");
    const model = inFolder("on-features", "model.h5");
    const { stdout } = await cli.run(["evaluate", "--model", model, "--features", features]);
    const rows = classNames.map((name, i) => [name, ...confusion[i]].join(" +"));
    expect(stdout).toMatch(
      new RegExp(`^${["actual \\\\ predicted", ...classNames].join(" +")}\n${rows.join("\n")}$`, "m"),
    );
  });

  it("are learned end to end", async () => {
    const history = await train("end-to-end", ["--data", images(), ...base()]);
    expect(history.loss[epochs - 1]).toBeLessThan(history.loss[0]);
    await expectConsistent("end-to-end");
  });
});
