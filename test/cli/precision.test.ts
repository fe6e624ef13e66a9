/** `--precision f16`, from features to a trained model. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeImageFolders } from "../../examples/synthetic/images.js";
import { writeVgg16Weights } from "../../examples/synthetic/weights.js";
import { readFeatures } from "../../src/transfer/data/features.js";
import { Cli } from "./cli.js";

let cli: Cli;
let folder: string;
const inFolder = (...names: string[]) => join(folder, ...names);
beforeAll(async () => {
  cli = await Cli.build();
  folder = await mkdtemp(join(tmpdir(), "wgraft-precision-"));
  await writeImageFolders(inFolder("pictures"), { train: 6, validation: 3, size: 40 });
  await writeVgg16Weights(inFolder("weights.h5"), { upTo: "block2_pool" });
});
afterAll(async () => {
  await cli.remove();
  await rm(folder, { recursive: true, force: true });
});

const half = ["--precision", "f16"];
const toggle = "vulkan_enable_f16_on_nvidia";
const data = () => ["--data", inFolder("pictures")];
const base = () => ["--weights", inFolder("weights.h5"), "--layer", "block2_pool", "--size", "32"];

interface Config {
  settings: { precision: string };
  base: { precision?: string };
  toggles: string[];
}

async function configOf(run: string): Promise<Config> {
  return JSON.parse(await readFile(inFolder(run, "config.json"), "utf8")) as Config;
}

describe("wgraft --precision f16", () => {
  it("extracts float32 features that are those of float32 but for float16's rounding", async () => {
    for (const precision of ["f32", "f16"]) {
      const out = inFolder(`${precision}.h5`);
      await cli.json(["extract", ...data(), ...base(), "--out", out, "--precision", precision]);
    }
    const [full, rounded] = await Promise.all(
      ["f32.h5", "f16.h5"].map((name) => readFeatures(inFolder(name))),
    );
    expect([full.meta.precision, rounded.meta.precision]).toEqual([undefined, "float16"]);
    const [x, y] = [full, rounded].map(({ splits }) => splits.train.features.dataSync());
    const largest = Math.max(...x);
    const worst = x.reduce((most, value, i) => Math.max(most, Math.abs(value - y[i])), 0);
    expect(worst).toBeGreaterThan(0);
    expect(worst / largest).toBeLessThan(3e-3);
  });

  it("trains a head on features, and records it", async () => {
    const features = ["--features", inFolder("f16.h5")];
    const args = [...features, "--out", inFolder("head"), "--epochs", "2", "--units", "8", ...half];
    const { history } = await cli.json<{ history: { loss: number[] } }>(["train", ...args]);
    expect(history.loss.every(Number.isFinite)).toBe(true);
    const config = await configOf("head");
    expect(config).toMatchObject({ settings: { precision: "float16" }, base: { precision: "float16" } });
    expect(config.toggles).toEqual([toggle]);
  });

  it("trains on images, and goes on as it was begun", async () => {
    const run = ["train", ...data(), "--out", inFolder("run"), "--batch-size", "6"];
    const graft = [
      ...base(),
      "--units",
      "8",
      "--learning-rate",
      "1e-3",
      "--seed",
      "5",
      "--trainable",
      "block2",
    ];
    await cli.json([...run, ...graft, "--augment", "--epochs", "1", ...half]);
    expect((await configOf("run")).settings.precision).toBe("float16");
    const { history } = await cli.json<{ history: { loss: number[] } }>([
      ...run,
      "--resume",
      "--epochs",
      "3",
    ]);
    expect(history.loss).toHaveLength(3);
    expect(history.loss.every(Number.isFinite)).toBe(true);
    expect(await configOf("run")).toMatchObject({ settings: { precision: "float16" }, toggles: [toggle] });
    const other = await cli.run([...run, "--resume", "--epochs", "4", "--precision", "f32"]);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain("precision is float32, was float16");
  });

  it("evaluates and predicts, with probabilities that are not rounded", async () => {
    const model = ["--model", inFolder("run", "model.h5")];
    const evaluate = ["evaluate", ...model, ...data(), "--split", "validation"];
    const [full, rounded] = [
      await cli.json<{ loss: number }>(evaluate),
      await cli.json<{ loss: number }>([...evaluate, ...half]),
    ];
    expect(rounded.loss).not.toBe(full.loss);
    expect(Math.abs(rounded.loss - full.loss)).toBeLessThan(0.01 * full.loss);
  });

  it("halves the activations of summary --memory, and passes the doctor's test", async () => {
    interface Memory {
      memory: { precision: string; programs: { weights: number; activations: number }[] };
    }
    // A base without convolutions that go by Winograd's algorithms, whose transforms are float32 either way.
    const summary = ["summary", "mobilenet", "--alpha", "0.25", "--size", "64", "--memory"];
    const caps = (json: Memory) =>
      json.memory.programs.map(({ weights, activations }) => ({ weights, activations }));
    const [full] = caps(await cli.json<Memory>([...summary, "--batch-size", "1"]));
    const json = await cli.json<Memory>([...summary, "--batch-size", "1", ...half]);
    const [rounded] = caps(json);
    expect(json.memory.precision).toBe("float16");
    expect(rounded.weights).toBe(full.weights);
    expect(rounded.activations).toBe(full.activations / 2);
    const doctor = await cli.json<{ ok: boolean; adapter: { toggles: string[] } }>(["doctor", ...half]);
    expect(doctor).toMatchObject({ ok: true, adapter: { toggles: [toggle] } });
  });
});
