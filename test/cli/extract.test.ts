/** `wgraft extract` on generated images, through the first block of VGG16. */
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeImageFolders } from "../../examples/synthetic/images.js";
import { writeVgg16Weights } from "../../examples/synthetic/weights.js";
import { decodeImage } from "../../src/io/images/decode.js";
import { resizeImage } from "../../src/io/images/resize.js";
import { readFeatures } from "../../src/transfer/data/features.js";
import { writeWeightsFile } from "../../src/io/keras/writeModel.js";
import { sha256OfFile } from "../../src/io/cache/weightsCache.js";
import { VGG16 } from "../../src/models/applications/index.js";
import { createTestDevice } from "../support/run.js";
import { tensor } from "../../src/tensor.js";
import { Cli } from "./cli.js";

let cli: Cli;
let folder: string;
const inFolder = (...names: string[]) => join(folder, ...names);
const counts = { train: 5, validation: 2, test: 2 };

beforeAll(async () => {
  cli = await Cli.build();
  folder = await mkdtemp(join(tmpdir(), "wgraft-extract-"));
  await writeImageFolders(inFolder("pictures"), { ...counts, size: 40 });
  await writeVgg16Weights(inFolder("weights.h5"), { upTo: "block1_pool" });
});
afterAll(async () => {
  await cli.remove();
  await rm(folder, { recursive: true, force: true });
});

function args(out: string, ...more: string[]): string[] {
  const base = ["--weights", inFolder("weights.h5"), "--layer", "block1_pool", "--size", "32"];
  return ["extract", "--data", inFolder("pictures"), "--out", inFolder(out), ...base, ...more];
}

/** Nothing of the output, finished or half written, is there. */
async function expectNothingWritten(out: string): Promise<void> {
  const names = await readdir(folder);
  expect(names.filter((name) => name.includes(out))).toEqual([]);
}

describe("wgraft extract", () => {
  interface Report {
    complete: boolean;
    featureShape: number[];
    splits: Record<string, { rows: number; classes: Record<string, number> }>;
  }

  it("writes the features of every split, with what made them", async () => {
    const report = await cli.json<Report>(args("features.h5"));
    expect(report).toMatchObject({ complete: true, featureShape: [16, 16, 64] });
    expect(report.splits.train).toEqual({ rows: 10, classes: { discs: 5, stripes: 5 } });
    const { meta, splits, complete } = await readFeatures(inFolder("features.h5"));
    expect(complete).toBe(true);
    expect(meta).toEqual({
      classNames: ["discs", "stripes"],
      application: "vgg16",
      layer: "block1_pool",
      inputShape: [32, 32, 3],
      preprocess: "rescale",
      interpolation: "nearest",
      weights: inFolder("weights.h5"),
      weightsSha256: await sha256OfFile(inFolder("weights.h5")),
    });
    expect(Object.keys(splits).sort()).toEqual(["test", "train", "validation"]);
    expect(splits.train.features.shape).toEqual([10, 16, 16, 64]);
    expect([...splits.train.labels.dataSync()]).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    expect(splits.test.filenames).toEqual([
      "discs/discs.0.jpg",
      "discs/discs.1.jpg",
      "stripes/stripes.0.jpg",
      "stripes/stripes.1.jpg",
    ]);
  });

  it("computes what the library computes of the decoded image", async () => {
    const { splits } = await readFeatures(inFolder("features.h5"));
    const image = await decodeImage(inFolder("pictures", "validation", "stripes", "stripes.1.jpg"));
    const pixels = Float32Array.from(resizeImage(image, 32, 32, "nearest"), (value) => value / 255);
    const device = await createTestDevice();
    const base = await VGG16({
      weights: inFolder("weights.h5"),
      includeTop: false,
      inputShape: [32, 32, 3],
      layer: "block1_pool",
      device,
    });
    const wanted = (await base.predict(tensor(pixels, [1, 32, 32, 3]))).dataSync();
    const got = splits.validation.features.slice(3, 4).dataSync();
    device.destroy();
    const largest = Math.max(...wanted);
    expect(largest).toBeGreaterThan(0.1);
    wanted.forEach((value, i) => expect(Math.abs(got[i] - value)).toBeLessThan(1e-5 * largest));
  });

  it("does not depend on the batch size; --limit and --preprocess do what they say", async () => {
    await cli.json(args("limited.h5", "--batch-size", "3", "--limit", "2"));
    const [whole, part] = await Promise.all(
      ["features.h5", "limited.h5"].map((f) => readFeatures(inFolder(f))),
    );
    expect(part.splits.train.filenames).toEqual(
      whole.splits.train.filenames.filter((name) => /\.[01]\.jpg$/.test(name)),
    );
    const second = whole.splits.train.features.slice(6, 7).dataSync();
    part.splits.train.features
      .slice(3, 4)
      .dataSync()
      .forEach((value, i) => expect(Math.abs(value - second[i])).toBeLessThan(1e-5));
    await cli.json(args("caffe.h5", "--preprocess", "caffe", "--interpolation", "bilinear", "--limit", "1"));
    const caffe = await readFeatures(inFolder("caffe.h5"));
    expect(caffe.meta).toMatchObject({ preprocess: "caffe", interpolation: "bilinear" });
    // Caffe's pixels are some hundred times larger than rescaled ones.
    const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(caffe.splits.train.features.dataSync())).toBeGreaterThan(20 * mean(second));
  });

  it("takes random weights of a seed", async () => {
    const random = (out: string, seed: string) =>
      cli.json(args(out, "--weights", "random", "--seed", seed, "--limit", "1"));
    await random("seed1.h5", "1");
    await random("again.h5", "1");
    await random("seed2.h5", "2");
    const files = await Promise.all(
      ["seed1.h5", "again.h5", "seed2.h5"].map((f) => readFeatures(inFolder(f))),
    );
    const [first, again, other] = files.map((f) => [...f.splits.train.features.dataSync()]);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(files[0].meta).toMatchObject({ weights: "random", weightsSha256: "random:seed=1" });
  });
});

describe("wgraft extract with bad input", () => {
  /** A copy of the images, changed. */
  async function damaged(name: string, change: (train: string) => Promise<unknown>): Promise<string[]> {
    await writeImageFolders(inFolder(name), { train: 3, test: 1, size: 40 });
    await change(inFolder(name, "train"));
    return [...args(`${name}.h5`, "--validation-split", "0"), "--data", inFolder(name)];
  }

  it("names an image that does not decode, or skips it with --skip-bad", async () => {
    const command = await damaged("text", (train) =>
      writeFile(join(train, "discs", "discs.1.jpg"), "no image"),
    );
    const refused = await cli.run(command);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toMatch(/wgraft: .*text\/train\/discs\/discs\.1\.jpg: not an image/);
    await expectNothingWritten("text.h5");

    const skipping = await cli.json<{ skipped: { file: string }[]; splits: { train: { rows: number } } }>([
      ...command,
      "--skip-bad",
    ]);
    expect(skipping.skipped).toEqual([
      {
        file: inFolder("text/train/discs/discs.1.jpg"),
        error: expect.stringContaining("not an image") as string,
      },
    ]);
    expect(skipping.splits.train.rows).toBe(5);
    expect((await readFeatures(inFolder("text.h5"))).splits.train.filenames).not.toContain(
      "discs/discs.1.jpg",
    );
  });

  it("refuses a class of which nothing is left", async () => {
    const command = await damaged("spoilt", async (train) => {
      for (const name of await readdir(join(train, "discs"))) await writeFile(join(train, "discs", name), "");
    });
    const { code, stderr } = await cli.run([...command, "--skip-bad"]);
    expect([code, stderr]).toEqual([4, expect.stringMatching(/wgraft: train: no image of the class discs/)]);
    await expectNothingWritten("spoilt.h5");
  });

  it.each([
    [
      "a truncated JPEG",
      "cut",
      (train: string) => truncate(join(train, "stripes", "stripes.2.jpg"), 300),
      /stripes\.2\.jpg: this JPEG does not decode/,
    ],
    [
      "an empty class",
      "empty",
      (train: string) => mkdir(join(train, "zebras")),
      /no images .* in the class folder zebras/,
    ],
    [
      "a single class",
      "single",
      (train: string) => rm(join(train, "discs"), { recursive: true }),
      /2 classes are needed/,
    ],
    [
      "splits of different classes",
      "uneven",
      (train: string) => writeImages(join(train, "extra")),
      /different classes/,
    ],
  ])("refuses %s with exit code 4 and writes nothing", async (_, name, change, words) => {
    const { code, stderr } = await cli.run(await damaged(name, change));
    expect(code).toBe(4);
    expect(stderr).toMatch(words);
    await expectNothingWritten(`${name}.h5`);
  });

  async function writeImages(to: string): Promise<void> {
    await mkdir(to);
    await writeFile(join(to, "a.jpg"), await readFile(inFolder("pictures/train/discs/discs.0.jpg")));
  }

  it.each([
    ["a folder that is missing", ["--data", "nowhere"], 4, /nowhere: there is no such folder/],
    ["a folder without images", ["--data", "src"], 4, /src: no images .* in the class folder/],
    ["weights that are missing", ["--weights", "nowhere.h5"], 4, /nowhere\.h5: no such file/],
    ["an unknown layer", ["--layer", "block9_pool"], 2, /no layer block9_pool/],
    ["an output below a file", ["--out", "package.json/f.h5"], 1, /cannot write package\.json\/f\.h5/],
    [
      "an output in a folder that is missing",
      ["--out", "nowhere/f.h5", "--data", "nowhere"],
      1,
      /nowhere does not exist/,
    ],
    ["an output that is a folder", ["--out", "src"], 1, /cannot write src: it is a folder/],
  ])("refuses %s", async (_, more, wanted, words) => {
    const { code, stderr } = await cli.run(args("refused.h5", ...more));
    expect([code, stderr]).toEqual([wanted, expect.stringMatching(words)]);
    await expectNothingWritten("refused.h5");
  });

  const kernel = (shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((n, d) => n * d, 1)) });
  const block1 = (inputs: number) => [
    {
      name: "block1_conv1",
      weights: [
        { name: "block1_conv1_W_1:0", ...kernel([3, 3, inputs, 64]) },
        { name: "block1_conv1_b_1:0", ...kernel([64]) },
      ],
    },
  ];
  it.each([
    [
      "a web page",
      "page.h5",
      (path: string) => writeFile(path, "<!DOCTYPE html><html></html>"),
      /looks like an HTML page/,
    ],
    [
      "a truncated file",
      "cut-weights.h5",
      async (path: string) => {
        await writeFile(path, await readFile(inFolder("weights.h5")));
        await truncate(path, 50_000);
      },
      /truncated/,
    ],
    [
      "weights of another shape",
      "shape.h5",
      (path: string) =>
        writeWeightsFile(path, [...block1(4), ...block1(3).map((l) => ({ ...l, name: "block1_conv2" }))]),
      /block1_conv1: kernel has shape \(3, 3, 4, 64\), the model needs \(3, 3, 3, 64\)/,
    ],
    [
      "a file that lacks a layer",
      "lack.h5",
      (path: string) => writeWeightsFile(path, block1(3)),
      /has no weights for block1_conv2/,
    ],
  ])("refuses %s in place of weights with exit code 4", async (_, name, make, words) => {
    await make(inFolder(name));
    const { code, stderr } = await cli.run(args("refused.h5", "--weights", inFolder(name)));
    expect([code, stderr]).toEqual([4, expect.stringMatching(words)]);
    expect(stderr).toContain(name);
    await expectNothingWritten("refused.h5");
  });

  it("tells where the published weights are to be had when it must not download", async () => {
    const command = args("refused.h5", "--weights", "imagenet", "--offline");
    const { code, stderr } = await cli.run(command, { env: { KERAS_HOME: inFolder("keras") } });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /downloads are off; fetch https:.*vgg16_weights_tf_dim_ordering_tf_kernels_notop\.h5/,
    );
    await expectNothingWritten("refused.h5");
  });
});

describe("Ctrl-C in wgraft extract", () => {
  it("writes nothing, says how many images are cached, and exits with 130", async () => {
    await writeImageFolders(inFolder("many"), { train: 150, size: 40 });
    const more = ["--batch-size", "1", "--validation-split", "0", "--json"];
    const command = [...args("many.h5", ...more), "--data", inFolder("many")];
    const env = { WGRAFT_CACHE_MIB: "64", XDG_CACHE_HOME: inFolder("cache") };
    const { code, stdout, stderr } = await cli.interruptAt(/train: \d+\/300/, command, env);
    expect(code).toBe(130);
    const [, rows] = /interrupted: the features of (\d+) images are cached/.exec(stderr) ?? [];
    expect(Number(rows)).toBeLessThan(300);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ out: null, complete: false },
      splits: { train: { rows: Number(rows) } },
    });
    await expectNothingWritten("many.h5");
    const again = await cli.run(command, { env });
    const { cached, complete } = JSON.parse(again.stdout) as { cached: number; complete: boolean };
    expect(complete).toBe(true);
    expect(cached).toBeGreaterThanOrEqual(Number(rows));
    expect((await readFeatures(inFolder("many.h5"))).splits.train.filenames).toHaveLength(300);
  });
});
