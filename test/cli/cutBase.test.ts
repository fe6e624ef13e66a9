/** A base that is cut at block3, and pooled: `extract` and `train --data`, then evaluate and predict. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeImageFolders } from "../../examples/synthetic/images.js";
import { writeVgg16Weights } from "../../examples/synthetic/weights.js";
import { readFeatures } from "../../src/transfer/data/features.js";
import { sizeOf } from "../../src/tensor.js";
import { Cli } from "./cli.js";

interface Evaluation {
  samples: number;
  loss: number;
  accuracy: number;
}
interface Training {
  parameters: number;
  trainableWeights: number;
  history: Record<string, number[]>;
}

let cli: Cli;
let folder: string;
const inFolder = (...names: string[]) => join(folder, ...names);
const pooling = (kind: string) => (kind === "none" ? [] : ["--pooling", kind]);

beforeAll(async () => {
  cli = await Cli.build();
  folder = await mkdtemp(join(tmpdir(), "wgraft-cut-"));
  await writeImageFolders(inFolder("pictures"), { train: 4, validation: 2, size: 40 });
  await writeVgg16Weights(inFolder("weights.h5"), { upTo: "block3_pool" });
});
afterAll(async () => {
  await cli.remove();
  await rm(folder, { recursive: true, force: true });
});

const base = () => ["--weights", inFolder("weights.h5"), "--layer", "block3_pool", "--size", "32"];
const head = ["--units", "8", "--epochs", "2", "--batch-size", "4", "--learning-rate", "1e-3", "--seed", "2"];

async function evaluate(run: string, ...more: string[]): Promise<Evaluation> {
  const model = inFolder(run, "model.h5");
  return cli.json([
    "evaluate",
    "--model",
    model,
    "--split",
    "validation",
    "--data",
    inFolder("pictures"),
    ...more,
  ]);
}

/** What validation said last is what evaluate says of the saved model, on images. */
async function expectSameFigures(run: string, { history }: Training): Promise<void> {
  const { samples, loss, accuracy } = await evaluate(run);
  expect(samples).toBe(4);
  expect(loss).toBeCloseTo(history.val_loss[1], 4);
  expect(accuracy).toBeCloseTo(history.val_acc[1], 6);
}

const kinds: [string, number[]][] = [
  ["none", [4, 4, 256]],
  ["avg", [256]],
  ["max", [256]],
];

describe("features of block3_pool", () => {
  it.each(kinds)("are extracted with --pooling %s", async (kind, featureShape) => {
    const features = ["--out", inFolder(`${kind}.h5`)];
    const extract = ["extract", "--data", inFolder("pictures"), ...features, ...base(), ...pooling(kind)];
    const report = await cli.json<{ featureShape: number[]; layer: string }>(extract);
    expect(report).toMatchObject({ featureShape, layer: "block3_pool" });
  });

  it("are what a head is trained on", async () => {
    const features = ["--features", inFolder("avg.h5")];
    const train = ["train", ...features, "--out", inFolder("features-avg"), ...head];
    const training = await cli.json<Training>(train);
    expect(training.parameters).toBe(8 * 256 + 8 + 8 + 1);
    await expectSameFigures("features-avg", training);
  });

  it("are the means and the maxima of the whole maps", async () => {
    const [maps, avg, max] = await Promise.all(
      kinds.map(async ([kind]) => (await readFeatures(inFolder(`${kind}.h5`))).splits.train.features),
    );
    const [values, channels, places] = [maps.dataSync(), 256, 16];
    for (let image = 0; image < 8; image++)
      for (let channel = 0; channel < channels; channel++) {
        const map = Array.from(
          { length: places },
          (_, place) => values[(image * places + place) * channels + channel],
        );
        const at = image * channels + channel;
        expect(avg.dataSync()[at]).toBeCloseTo(map.reduce((sum, value) => sum + value, 0) / places, 4);
        expect(max.dataSync()[at]).toBeCloseTo(Math.max(...map), 4);
      }
    expect(Math.max(...values)).toBeGreaterThan(0.1);
  });

  it("of one pooling are not taken for those of another", async () => {
    const model = inFolder("features-avg", "model.h5");
    const features = ["--features", inFolder("max.h5"), "--split", "validation"];
    const { code, stderr } = await cli.run(["evaluate", "--model", model, ...features]);
    expect([code, stderr]).toEqual([4, expect.stringContaining("pooling max, not avg")]);
  });
});

describe("training end to end through block3_pool", () => {
  it.each(kinds)("with --pooling %s: trains, evaluates", async (kind, featureShape) => {
    const run = `pictures-${kind}`;
    const train = ["train", "--data", inFolder("pictures"), "--out", inFolder(run)];
    const training = await cli.json<Training>([...train, ...base(), ...pooling(kind), ...head]);
    expect(training.trainableWeights).toBe(4);
    expect(training.parameters).toBe(1_735_488 + 8 * sizeOf(featureShape) + 8 + 8 + 1);
    await expectSameFigures(run, training);
    const config = JSON.parse(await readFile(inFolder(run, "config.json"), "utf8")) as { base: object };
    expect(config.base).toMatchObject({ layer: "block3_pool" });
    expect((config.base as { pooling?: string }).pooling ?? "none").toBe(kind);
  });

  it("goes on with --resume, and not with another pooling", async () => {
    const resume = ["train", "--data", inFolder("pictures"), "--out", inFolder("pictures-avg"), "--resume"];
    const other = await cli.run([...resume, "--pooling", "max"]);
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining("pooling is max, was avg")]);
    const { history } = await cli.json<Training>([...resume, "--epochs", "3"]);
    expect(history.loss).toHaveLength(3);
  });

  it("fine-tunes block3, and takes no pooling for a model that has its base", async () => {
    const init = ["--init", inFolder("pictures-max", "model.h5"), "--trainable", "block3"];
    const train = ["train", "--data", inFolder("pictures"), "--out", inFolder("tuned"), ...init];
    const { trainableWeights } = await cli.json<Training>([...train, "--epochs", "1", "--batch-size", "4"]);
    expect(trainableWeights).toBe(10);
    const pooled = await cli.run([...train, "--pooling", "avg"]);
    expect([pooled.code, pooled.stderr]).toEqual([
      2,
      expect.stringContaining("--pooling is for a new model; the one of --init has its own base"),
    ]);
  });
});
