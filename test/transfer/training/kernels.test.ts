/** A run records the kernels that it used: resumed, or repeated with them, it gives the same bits. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { createDevice, type Device } from "../../../src/kernels/gpu/device.js";
import { loadModel } from "../../../src/index.js";
import { readRunConfig, type Kernels } from "../../../src/transfer/run/config.js";
import { trainHead, type HeadTrainingOptions } from "../../../src/transfer/training/trainHead.js";
import { writeClouds } from "../../cli/features.js";
import { temporaryFolder } from "../../support/images.js";

let folder: string;
let features: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  features = join(folder, "features.h5");
  await writeClouds(features, { counts: { train: 15, validation: 10 }, shape: [2, 2, 64] });
});

const notes: string[] = [];

/** A device that knows these variants as measured. */
async function deviceWith(kernels: Kernels): Promise<Device> {
  const known = new Map(Object.entries(kernels));
  const store = { load: async () => known, add: async () => undefined };
  const device = await createDevice({ autotune: store, onNote: (note) => notes.push(note) });
  onTestFinished(() => device.destroy());
  return device;
}

let count = 0;
async function train(device: Device, options: Partial<HeadTrainingOptions> = {}) {
  const out = join(folder, `run${count++}`);
  const result = await trainHead({
    ...{ features, out, device, seed: 1, epochs: 2 },
    units: 128,
    batchSize: 30,
    ...options,
  });
  const config = await readRunConfig(result.model);
  const model = await loadModel(result.model, { device });
  const weights = (await model.getWeights()).map((w) => w.dataSync());
  return { ...result, kernels: config!.kernels!, weights };
}

/** Another valid variant for each key that has one on this adapter. */
function others(kernels: Kernels): Kernels {
  return Object.fromEntries(
    Object.entries(kernels).map(([key, variant]) => [
      key,
      variant === "workgroup" ? "subgroup" : "workgroup",
    ]),
  );
}

describe("the kernels of a run", () => {
  it("are recorded, and used again by a run that asks for them, whatever was measured meanwhile", async () => {
    const first = await train(await deviceWith({}));
    expect(Object.keys(first.kernels).length).toBeGreaterThan(2);
    expect(Object.keys(first.kernels).every((key) => key.startsWith("mat_mul("))).toBe(true);

    const changed = await deviceWith(others(first.kernels));
    const second = await train(changed);
    expect(second.kernels).toEqual(others(first.kernels));

    const repeated = await train(changed, { kernelsFrom: first.out });
    expect(repeated.kernels).toEqual(first.kernels);
    expect(repeated.history).toEqual(first.history);
    expect(repeated.weights).toEqual(first.weights);
    expect(notes).toEqual([]);
  });

  it("are those of the resumed run", async () => {
    const plain = await deviceWith({});
    const whole = await train(plain, { epochs: 4 });
    const half = await train(plain);
    const changed = await deviceWith(others(whole.kernels));
    const resumed = await train(changed, { out: half.out, resume: true, epochs: 4 });
    expect([resumed.history, resumed.kernels]).toEqual([whole.history, whole.kernels]);
    expect(resumed.weights).toEqual(whole.weights);
    await expect(train(plain, { out: half.out, resume: true, kernelsFrom: whole.out })).rejects.toMatchObject(
      {
        code: "usage",
        option: "kernelsFrom",
      },
    );
  });

  it("come from a checkpoint where the run was interrupted", async () => {
    const first = await train(await deviceWith({}));
    const { kernels } = (await readRunConfig(join(first.out, "checkpoint", "last.h5")))!;
    expect(kernels).toEqual(first.kernels);
    await writeFile(join(first.out, "config.json"), "{}");
    const repeated = await train(await deviceWith(others(first.kernels)), { kernelsFrom: first.out });
    expect(repeated.weights).toEqual(first.weights);
  });

  it("are ignored, with a note, as far as this adapter does not have them", async () => {
    const plain = await deviceWith({});
    const first = await train(plain);
    const path = join(first.out, "config.json");
    const config = JSON.parse(await readFile(path, "utf8")) as { kernels: Kernels };
    const strange = Object.fromEntries(Object.keys(config.kernels).map((key) => [key, "f6 tensor cores"]));
    await writeFile(
      path,
      JSON.stringify({ ...config, kernels: { ...strange, "op_of_another_version()": "x" } }),
    );
    notes.length = 0;
    const second = await train(plain, { kernelsFrom: first.out });
    expect(second.weights).toEqual(first.weights);
    expect(notes[0]).toMatch(/^\d recorded kernels do not run on .*; a heuristic chooses/);
  });

  it.each([
    ["no run", undefined],
    ["a run that records none", {}],
    ["a record that is none", { kernels: { a: 1 } }],
    ["names without end", { kernels: { a: "x".repeat(20_000) } }],
  ])("are refused from %s", async (_, change) => {
    const plain = await deviceWith({});
    const { out } = await train(plain, { epochs: 1 });
    for (const path of [join(out, "config.json"), join(out, "checkpoint", "config.json")]) {
      const config = JSON.parse(await readFile(path, "utf8")) as object;
      await writeFile(path, JSON.stringify({ ...config, kernels: undefined, ...change }));
    }
    const kernelsFrom = change ? out : join(folder, "nowhere");
    await expect(train(plain, { kernelsFrom })).rejects.toMatchObject({
      code: "bad-input",
      message: `${kernelsFrom}: has no config.json that records kernels`,
    });
  });
});
