/** What needs no GPU: the parser, its refusals, summaries. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Cli } from "./cli.js";

let cli: Cli;
let folder: string;
beforeAll(async () => {
  cli = await Cli.build();
  folder = await mkdtemp(join(tmpdir(), "wgraft-usage-"));
});
afterAll(async () => {
  await cli.remove();
  await rm(folder, { recursive: true, force: true });
});

describe("wgraft", () => {
  it("lists the commands that there are, and the exit codes", async () => {
    const { code, stdout } = await cli.run(["--help"]);
    expect(code).toBe(0);
    for (const name of ["doctor", "summary", "extract", "train", "evaluate", "predict", "bench"])
      expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
    expect(stdout).toContain("130 interrupted");
  });

  it("tells its version", async () => {
    const { code, stdout } = await cli.run(["--version"]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
  });

  const extract = ["extract", "--data", "d", "--out", "f.h5"];
  const train = ["train", "--features", "f.h5", "--out", "run"];
  const trainOnImages = ["train", "--data", "d", "--out", "run"];
  it.each([
    ["an unknown command", ["frobnicate"], /unknown command 'frobnicate'/],
    ["a misspelt command", ["trian"], /unknown command 'trian' \(Did you mean train\?\)/],
    ["a command of another library", ["fit"], /unknown command 'fit' \(Did you mean train\?\)/],
    ["a misspelt option, whatever is missing", ["train", "--dta", "d"], /'--dta' \(Did you mean --data\?\)/],
    ["an option of another library", ["train", "--lr", "1"], /'--lr' \(Did you mean --learning-rate\?\)/],
    ["an option in another notation", ["train", "--batch_size=8"], /Did you mean --batch-size\?/],
    ["an option with one dash", ["train", "-data", "d"], /'-data' \(Did you mean --data\?\)/],
    ["what is the default", ["train", "--shuffle"], /That is the default; --no-shuffle turns it off/],
    [
      "an option of other commands",
      ["predict", "--data", "d"],
      /It is an option of extract, train, evaluate/,
    ],
    ["an option before the command", ["--lr", "3", "train"], /'--lr' \(options follow the command/],
    ["an option in place of a path", ["train", "--data", "--out", "r"], /Expected a path, not an option/],
    ["a misspelt application", ["train", "--app", "vg16"], /Allowed choices are .*Did you mean vgg16\?/],
    ["a part of two names", ["train", "--app", "vgg"], /Did you mean vgg16 or vgg19\?/],
    ["a misspelt choice", ["evaluate", "--split", "val"], /Did you mean validation\?/],
    ["a misspelt network", ["summary", "VGG-16"], /did you mean vgg16\?/],
    ["the units of no head", ["summary", "vgg16", "--units", "8"], /--units only applies to --memory/],
    [
      "a batch of no program",
      ["summary", "vgg16", "--batch-size", "8"],
      /--batch-size only applies to --memory/,
    ],
    [
      "what the library calls otherwise",
      ["summary", "vgg16", "--include-top", "--pooling", "avg"],
      /--pooling is for a base without the top; .* --include-top/,
    ],
    [
      "a path without its option",
      ["train", "d", "--out", "r"],
      /unexpected argument 'd' \(See wgraft train --help\.\)/,
    ],
    ["a path that is empty", ["extract", "--data", "d", "--out", ""], /'--out <file>' .*Expected a path/],
    [
      "a part of features",
      ["evaluate", "--model", "m.h5", "--features", "f.h5", "--limit", "3"],
      /--limit only applies to evaluation on images/,
    ],
    ["an unknown option", [...extract, "--frobnicate"], /unknown option '--frobnicate'/],
    ["a missing option", ["extract", "--data", "d"], /'--out <file>' not specified/],
    ["a missing image", ["predict", "--model", "m.h5"], /missing required argument 'image'/],
    ["a batch of none", [...extract, "--batch-size", "0"], /'--batch-size <n>' argument '0'.*from 1 to/],
    ["half an image", [...extract, "--limit", "1.5"], /whole number/],
    ["a number that is none", [...train, "--epochs", "many"], /whole number of at least 1/],
    ["a rate that drops all", [...train, "--dropout", "1"], /of at least 0 and below 1/],
    ["a negative learning rate", [...train, "--learning-rate", "-1"], /number above 0/],
    ["a patience of none", [...train, "--early-stop", "0"], /'--early-stop \[patience\]'.*of at least 1/],
    [
      "a class of no weight",
      [...train, "--class-weight", "cats"],
      /Expected balanced, or comma-separated weights/,
    ],
    ["a negative weight", [...train, "--class-weight", "0=-1"], /weights of at least 0/],
    ["an empty number", [...train, "--learning-rate", ""], /number above 0/],
    ["an unknown optimizer", [...train, "--optimizer", "adagrad"], /Allowed choices are rmsprop, sgd, adam/],
    [
      "an unknown application",
      [...extract, "--app", "vgg99"],
      /Allowed choices are vgg16, vgg19, .*mobilenet/,
    ],
    ["an eighth of precision", [...extract, "--precision", "f8"], /Expected f32 or f16/],
    ["training on nothing", ["train", "--out", "run"], /train needs --features FILE.* or --data DIR/],
    ["training on two things", [...train, "--data", "d"], /either --features or --data, not both/],
    ["augmented features", [...train, "--augment"], /--augment only applies to training on images/],
    ["a size of features", [...train, "--size", "64"], /--size only applies to training on images/],
    ["a fill of nothing", [...trainOnImages, "--fill-mode", "wrap"], /--fill-mode fills what a transform/],
    ["a zoom to nothing", [...trainOnImages, "--zoom-range", "1"], /at least 0 and below 1/],
    [
      "a base for a model that has its own",
      [...trainOnImages, "--init", "m.h5", "--app", "vgg19"],
      /--app is for a new model/,
    ],
    [
      "units for a head that has its own",
      [...train, "--init", "m.h5", "--units", "8"],
      /--units is for a new head/,
    ],
    ["an evaluation of nothing", ["evaluate", "--model", "m.h5"], /either --data DIR or --features FILE/],
    ["a network that is none", ["summary", "vgg99"], /neither an application .* nor a file/],
    ["images too small for it", ["summary", "vgg16", "--size", "31"], /at least 32×32/],
    ["a width that it has not", ["summary", "vgg16", "--alpha", "0.5"], /alpha is for mobilenet/],
    [
      "a layer that it has not",
      ["summary", "vgg16", "--layer", "block9"],
      /no layer block9; it has: input_1, /,
    ],
  ])("refuses %s with exit code 2 and one line", async (_, args, words) => {
    const { code, stdout, stderr } = await cli.run(args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(words);
    expect(stderr).toMatch(/^wgraft: .*\n$/);
  });

  it("shows where an error comes from on demand only", async () => {
    const { stderr } = await cli.run(["summary", "vgg99"], { env: { WGRAFT_DEBUG: "1" } });
    expect(stderr).toMatch(/\n {4}at /);
  });
});

describe("wgraft summary", () => {
  interface Summary {
    totalParams: number;
    layers: { name: string; outputShape: (number | null)[] }[];
  }

  it("prints Keras's table", async () => {
    const { code, stdout, stderr } = await cli.run(["summary", "vgg16", "--quiet"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/block5_pool \(MaxPooling2D\) +\(None, 4, 4, 512\) +0\n/);
    expect(stdout).toContain("Total params: 14,714,688");
  });

  it.each([
    [["vgg16", "--include-top", "--size", "224"], 138_357_544, "predictions", [null, 1000]],
    [["vgg16", "--layer", "block1_pool"], 38_720, "block1_pool", [null, 75, 75, 64]],
    [["vgg19"], 20_024_384, "block5_pool", [null, 7, 7, 512]],
    [["mobilenet", "--alpha", "0.25", "--size", "128"], 218_544, "conv_pw_13_relu", [null, 4, 4, 256]],
  ])("counts the parameters of %j", async (args, totalParams, name, outputShape) => {
    const summary = await cli.json<Summary>(["summary", ...args]);
    expect(summary.totalParams).toBe(totalParams);
    expect(summary.layers.at(-1)).toMatchObject({ name, outputShape });
  });

  it("refuses a file that is no model with exit code 4", async () => {
    const { code, stderr } = await cli.run(["summary", "package.json"]);
    expect([code, stderr]).toEqual([4, "wgraft: package.json: is not an HDF5 file\n"]);
  });

  it("ends well when its reader has seen enough", async () => {
    const { code, stderr } = await cli.run(["summary", "vgg16", "--quiet"], {
      onOutput: (_, child) => child.stdout?.destroy(),
    });
    expect([code, stderr]).toEqual([0, ""]);
  });
});
