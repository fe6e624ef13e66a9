/** `wgraft summary --memory`: the figures of a plan, before anything of it is allocated. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProgramMemory } from "../../src/transfer/model/memory.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { VGG16 } from "../../src/models/applications/index.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Dropout } from "../../src/models/layers/regularization/dropout.js";
import { Flatten } from "../../src/models/layers/reshaping/flatten.js";
import { Adam } from "../../src/models/optimizers/adam.js";
import { Sequential } from "../../src/models/sequential.js";
import { ringCapacity } from "../../src/models/training/programs.js";
import { createTestDevice } from "../support/run.js";
import { Cli } from "./cli.js";

interface Memory {
  adapter: string;
  memoryBudget: number | null;
  programs: [predict: ProgramMemory, train: ProgramMemory];
}

let cli: Cli;
let folder: string;
let device: Device;
beforeAll(async () => {
  cli = await Cli.build();
  folder = await mkdtemp(join(tmpdir(), "wgraft-memory-"));
  device = await createTestDevice();
});
afterAll(async () => {
  device.destroy();
  await cli.remove();
  await rm(folder, { recursive: true, force: true });
});

async function memoryOf(...args: string[]): Promise<Memory> {
  return (await cli.json<{ memory: Memory }>(["summary", ...args, "--memory"])).memory;
}

describe("wgraft summary --memory", () => {
  it("tells of a saved model what its sizes give by hand, with its own optimizer or another", async () => {
    const model = new Sequential(
      [
        new Dense({ units: 5, activation: "relu", inputDim: 4 }),
        new Dense({ units: 1, activation: "sigmoid" }),
      ],
      { device, seed: 1 },
    );
    model.compile({ optimizer: new Adam(), loss: "binary_crossentropy", metrics: ["acc"] });
    const path = join(folder, "small.h5");
    await model.save(path);
    const weights = 4 * (4 * 5 + 5 + 5 + 1);
    // x and y; no product here is split, so what else is alive is the two layers.
    const [predict, train] = (await memoryOf(path, "--batch-size", "7")).programs;
    expect(predict).toEqual({
      mode: "predict",
      weights,
      derived: 0,
      optimizer: 0,
      figures: 0,
      inputs: 4 * 7 * 4,
      params: predict.params,
      activations: 4 * 7 * (5 + 1),
      total: weights + 4 * 7 * 10 + predict.params,
      peak: { op: expect.any(String) as string, layer: expect.any(String) as string, bytes: 4 * 7 * (5 + 1) },
    });
    // Adam: two slots a weight. Loss and acc of each step. Labels, the step's number and four hyper-parameters.
    expect(train).toMatchObject({
      mode: "train",
      weights,
      optimizer: 2 * weights,
      figures: 4 * 2 * ringCapacity,
      inputs: 4 * (7 * 4 + 7 + 1 + 4),
    });
    const { derived, optimizer, figures, inputs, params, activations, total } = train;
    expect(total).toBe(weights + derived + optimizer + figures + inputs + params + activations);
    const [, withRmsprop] = (await memoryOf(path, "--batch-size", "7", "--optimizer", "rmsprop")).programs;
    expect(withRmsprop.optimizer).toBe(weights);
  });

  it("tells of VGG16 what is planned, with the head that train would put on", async () => {
    const build = async (trainable: boolean) => {
      const base = await VGG16({ weights: null, includeTop: false, inputShape: [150, 150, 3], device });
      base.trainable = trainable;
      const head = [new Dense({ units: 256, activation: "relu" }), new Dropout({ rate: 0.5 })];
      const layers = [base, new Flatten(), ...head, new Dense({ units: 1, activation: "sigmoid" })];
      const model = new Sequential(layers, { device, seed: 1 });
      model.compile({ optimizer: "rmsprop", loss: "binary_crossentropy", metrics: ["acc"] });
      return { base, model };
    };
    const images = { shape: [150, 150, 3], dtype: "uint8", preprocess: "rescale" } as const;
    for (const trainable of [false, true]) {
      const { base, model } = await build(trainable);
      const told = await memoryOf("vgg16", "--trainable", trainable ? "all" : "none");
      const predict = (await base.ready()).plan("predict", 20, images).memory;
      const train = (await model.ready()).plan("train", 20, images).memory;
      expect(told.adapter).toBe(device.name);
      expect(told.programs.map(({ total }) => total)).toEqual([predict.total, train.total]);
      expect(told.programs.map(({ activations }) => activations)).toEqual([
        predict.intermediates,
        train.intermediates,
      ]);
      expect(told.programs[1].weights).toBe(4 * (14_714_688 + 8192 * 256 + 256 + 256 + 1));
    }
  });

  it("prints a table, where the most is, and what a budget does", async () => {
    const args = ["summary", "vgg16", "--memory", "--size", "48", "--trainable", "all"];
    const { programs } = await memoryOf(...args.slice(1));
    const budget = Math.floor(0.97 * programs[1].total);
    const { code, stdout, stderr } = await cli.run([...args, "--memory-budget", `${budget}`, "--quiet"]);
    expect([code, stderr]).toEqual([0, ""]);
    const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
    expect(stdout).toContain(`GPU memory in MiB, batches of 20 on ${device.name}:\n`);
    expect(stdout).toMatch(/^ +weights +derived +optimizer +inputs +activations +total$/m);
    expect(stdout).toMatch(new RegExp(`^predict .* ${mib(programs[0].total)}$`, "m"));
    expect(stdout).toMatch(/^train: most activations at \w+ \(\w+\): [\d.]+ MiB at once$/m);
    expect(stdout).toMatch(
      new RegExp(
        `^train: planned ${mib(programs[1].total)} MiB of GPU memory, over the budget of ${mib(budget)} MiB; ` +
          String.raw`recomputing activations from \d+ checkpoints, now [\d.]+ MiB$`,
        "m",
      ),
    );
    const tight = await cli.run([...args, "--memory-budget", "1MiB"]);
    expect(tight.code).toBe(0);
    expect(tight.stdout).toMatch(
      /^train: does not fit: .* over the budget of 1\.0 MiB; use a smaller batch/m,
    );
  });

  it.each([
    [["vgg16", "--trainable", "all"], /only applies to --memory/],
    [["vgg16", "--memory", "--include-top", "--units", "8"], /--units is for a new head; .* has its own/],
    [["test", "--size", "64"], /--size is for an application by its name; test is a saved model/],
    [["vgg16", "--memory", "--trainable", "block9"], /block9 is no layer or block/],
    [["vgg16", "--memory", "--memory-budget", "2 parsecs"], /Expected a size in bytes/],
    [["vgg16", "--memory", "--memory-budget", "0"], /Expected a size in bytes/],
  ])("refuses %j with exit code 2", async (args, words) => {
    const { code, stderr } = await cli.run(["summary", ...args]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(words)]);
  });
});
