/** What `predict` takes, how it answers, and what a command says last. */
import { exec } from "node:child_process";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Classifier, Conv2D, Dense, GlobalAveragePooling2D, Sequential } from "../../src/index.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { writeImageFolders } from "../../examples/synthetic/images.js";
import { createTestDevice } from "../support/run.js";
import { Cli } from "./cli.js";

let cli: Cli;
let device: Device;
let [folder, model, images]: string[] = [];
let pets: Classifier;
const classNames = ["ant", "bee", 'c"at'];

beforeAll(async () => {
  [cli, device] = await Promise.all([Cli.build(), createTestDevice()]);
  folder = await mkdtemp(join(tmpdir(), "wgraft-predict-"));
  await writeImageFolders(folder, { train: 2, test: 0, size: 20 });
  images = join(folder, "images");
  await mkdir(images);
  for (const [i, name] of ["a.jpg", "b, c.jpg", "d.jpg"].entries())
    await copyFile((await photos())[i], join(images, name));
  model = join(folder, "model.h5");
  const network = new Sequential(
    [
      new Conv2D({ filters: 4, kernelSize: 3, inputShape: [12, 12, 3] }),
      new GlobalAveragePooling2D(),
      new Dense({ units: 3, activation: "softmax" }),
    ],
    { device, seed: 5 },
  );
  await network.save(model);
  pets = await Classifier.open(model, { ...{ device, classNames, batchSize: 2 }, preprocess: "rescale" });
});
afterAll(async () => {
  await cli.remove();
  device.destroy();
  await rm(folder, { recursive: true, force: true });
});

async function photos(): Promise<string[]> {
  const { stdout } = await promisify(exec)(`find ${folder}/train -name '*.jpg' | sort`);
  return stdout.trim().split("\n");
}

const options = () => ["--model", model, "--preprocess", "rescale", "--class-names", 'ant,bee,c"at'];

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe("Classifier.predictFiles", () => {
  it("takes folders, bytes, streams, URLs and pixels together, in their order", async () => {
    const [a, b, d] = ["a.jpg", "b, c.jpg", "d.jpg"].map((name) => join(images, name));
    const inputs = [
      await readFile(a),
      await readFile(b),
      createReadStream(d),
      images,
      new URL(`file://${d}`),
    ];
    const found = await all(pets.predictFiles(inputs, { top: 2 }));
    expect(found.map(({ file }) => file)).toEqual(["image 1", "image 2", "-", a, b, d, d]);
    for (const [i, j] of [
      [0, 3],
      [1, 4],
      [2, 5],
      [6, 5],
    ])
      found[i].probabilities.forEach((p, k) => expect(p).toBeCloseTo(found[j].probabilities[k], 5));
    for (const { top, label, probability, probabilities } of found) {
      expect(top).toHaveLength(2);
      expect(top[0]).toEqual({ label, probability });
      const sorted = [...probabilities].sort((p, q) => q - p);
      expect(top.map((one) => one.probability)).toEqual(sorted.slice(0, 2));
    }
  });

  it("names bytes that are no image, and omits them where it was asked to", async () => {
    const inputs = [Buffer.from("no image"), join(images, "a.jpg")];
    await expect(all(pets.predictFiles(inputs))).rejects.toThrow(/^image 1: not an image/);
    const lenient = await Classifier.open(model, {
      ...{ device, classNames, preprocess: "rescale", skipBad: true },
    });
    const skipped: string[] = [];
    const found = await all(
      lenient.predictFiles(inputs, { onSkip: ({ file }) => void skipped.push(file.path) }),
    );
    expect([found.length, skipped]).toEqual([1, ["image 1"]]);
  });
});

describe("wgraft predict", () => {
  it("prints the most probable classes of each image as CSV", async () => {
    const { code, stdout } = await cli.run(["predict", ...options(), images, "--top", "2", "--csv"]);
    const lines = stdout.trimEnd().split("\n");
    expect([code, lines[0], lines.length]).toEqual([0, "file,rank,class,probability", 7]);
    const [first] = await all(pets.predictFiles([images], { top: 2 }));
    expect(lines[1]).toMatch(new RegExp(`^${join(images, "a.jpg")},1,`));
    expect(Number(lines[1].split(",").at(-1))).toBeCloseTo(first.probability, 5);
    expect(lines[3]).toContain(`"${join(images, "b, c.jpg")}",1,`);
  });

  it("reads an image, or a list of paths, from standard input", async () => {
    const list = join(folder, "list");
    await writeFile(list, `${join(images, "a.jpg")}\n${join(images, "d.jpg")}\n`);
    const quoted = options()
      .map((word) => `'${word}'`)
      .join(" ");
    const run = (rest: string) =>
      promisify(exec)(`node ${resolve(cli.path)} predict ${quoted} --json ${rest}`);
    const one = JSON.parse((await run(`- <${join(images, "a.jpg")}`)).stdout) as Predictions;
    const two = JSON.parse((await run(`--files-from - --top 1 <${list}`)).stdout) as Predictions;
    expect(one.predictions.map(({ file }) => file)).toEqual(["-"]);
    expect(two.predictions.map(({ file }) => file)).toEqual(["a.jpg", "d.jpg"].map((n) => join(images, n)));
    expect(one.predictions[0].class).toBe(two.predictions[0].class);
    expect(two.predictions[0].top).toEqual([
      { class: two.predictions[0].class, probability: two.predictions[0].probability },
    ]);
  });

  interface Predictions {
    predictions: { file: string; class: string; probability: number; top?: unknown }[];
  }

  it("says last what to do next, unless it is to be quiet or answers a program", async () => {
    const args = ["predict", ...options(), join(images, "a.jpg")];
    const next = `next: wgraft evaluate --model ${model} --data DIR\n  or: wgraft explain --model ${model} IMAGE\n`;
    expect((await cli.run(args)).stderr.endsWith(next)).toBe(true);
    expect((await cli.run([...args, "--json"])).stderr).not.toContain("next:");
    expect((await cli.run([...args, "--quiet"])).stderr).toBe("");
  });

  it.each([
    ["standard input for two things", ["-", "--files-from", "-"], 2, /named more than once/],
    ["two formats", ["x.jpg", "--csv", "--json"], 2, /contradict each other/],
    ["an empty list", ["--files-from", "/dev/null"], 4, /list of paths is empty/],
    ["a list that is missing", ["--files-from", "nowhere"], 4, /nowhere: the list of paths cannot be read/],
  ])("refuses %s", async (_, args, code, words) => {
    const finished = await cli.run(["predict", ...options(), ...args]);
    expect([finished.code, finished.stderr]).toEqual([code, expect.stringMatching(words)]);
  });

  it("knows a model, a run and a network by names that are near", async () => {
    await mkdir(join(folder, "runs", "pets-1"), { recursive: true });
    const ask = async (name: string) =>
      (await cli.run(["predict", "--model", name, "x"], { cwd: folder })).stderr;
    expect(await ask("modl.h5")).toMatch(/modl\.h5: no such file; did you mean model\.h5\?/);
    expect(await ask("pets")).toMatch(/did you mean runs\/pets-1\?/);
    expect(await ask("runs/pats-1")).toMatch(/did you mean runs\/pets-1\?/);
    expect(await ask("mobilnet")).toMatch(/did you mean mobilenet\?/);
    expect(await ask("nothing-like-it")).toMatch(/no such file\n$/);
  });
});
