/** `wgraft compare`, and the pages that `train`, `evaluate` and `compare` write. */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunComparison } from "../../src/io/report/comparison/comparison.js";
import { problemsOf } from "../io/report/accessibility.js";
import { Cli } from "./cli.js";
import { writeClouds } from "./features.js";

let cli: Cli;
let folder: string;
const inFolder = (...names: string[]) => join(folder, ...names);
const page = (...names: string[]) => readFile(inFolder(...names), "utf8");
const headings = (text: string) =>
  [...text.matchAll(/<h2[^>]*>([^<]*)<\/h2>/g)].map(([, heading]) => heading);

beforeAll(async () => {
  cli = await Cli.build();
  folder = await mkdtemp(join(tmpdir(), "wgraft-compare-"));
  await writeClouds(inFolder("features.h5"), { separation: 0.4 });
  const train = (run: string, ...more: string[]) =>
    cli.json([
      ...["train", "--features", inFolder("features.h5"), "--out", inFolder("runs", run), "--seed", "1"],
      ...["--units", "8", "--learning-rate", "1e-2", ...more],
    ]);
  await mkdir(inFolder("runs"));
  await train("small-1", "--epochs", "4");
  await train("small-2", "--epochs", "6", "--optimizer", "adam");
});
afterAll(async () => {
  await cli.remove();
  await rm(folder, { recursive: true, force: true });
});

describe("a run's report", () => {
  it("has the saved model's figures on the validation samples, as evaluate gives them", async () => {
    const text = await page("runs", "small-1", "report.html");
    expect(headings(text)).toEqual([
      ...["Result", "Curves", "Confusion matrix", "Precision, recall and F1", "ROC", "Calibration"],
      ...["Worst mistakes", "Settings", "Times", "Model", "Environment"],
    ]);
    expect(problemsOf(text)).toEqual([]);
    const config = JSON.parse(await page("runs", "small-1", "config.json")) as {
      epochSeconds: number[];
      validation: Record<string, number>;
    };
    expect(config.epochSeconds).toHaveLength(4);
    const found = await cli.json<Record<string, number> & { macro: { f1: number } }>([
      ...["evaluate", "--model", inFolder("runs", "small-1"), "--features", inFolder("features.h5")],
      ...["--split", "validation"],
    ]);
    const { samples, accuracy, auc, calibrationError, macro } = found;
    expect(config.validation).toMatchObject({ samples, auc, f1: macro.f1 });
    expect(config.validation.accuracy).toBeCloseTo(accuracy, 6);
    expect(config.validation.calibrationError).toBeCloseTo(calibrationError, 5);
    expect(text).toContain(auc.toFixed(4));
  });
});

describe("wgraft evaluate --report", () => {
  const evaluate = (...more: string[]) => [
    ...["evaluate", "--model", inFolder("runs", "small-1"), "--features", inFolder("features.h5"), ...more],
  ];

  it("writes a page of the same figures", async () => {
    const { stdout, stderr, code } = await cli.run(evaluate("--report", inFolder("test.html")));
    expect(code).toBe(0);
    expect(stderr).toContain(`wrote ${inFolder("test.html")}`);
    const [, recall] = /^discs +\S+ +(\S+) +\S+ +20$/m.exec(stdout)!;
    const text = await page("test.html");
    expect(problemsOf(text)).toEqual([]);
    expect(text).toMatch(new RegExp(`>discs</th>\\s*<td>\\S+</td>\\s*<td>${recall}</td>`));
    expect(text).toContain(`40 samples: test of ${inFolder("features.h5")}`);
    expect(headings(text)).not.toContain("Curves");
  });

  it.each([
    ["a file that is no page", "model.h5", 2, /--report: expected a path that ends in "\.html"/],
    ["a folder that is missing", "nowhere/test.html", 1, /cannot write .*nowhere/],
  ])("refuses %s before it evaluates", async (_, name, exit, message) => {
    const { code, stdout, stderr } = await cli.run(evaluate("--report", inFolder(name)));
    expect([code, stdout]).toEqual([exit, ""]);
    expect(stderr).toMatch(message);
  });
});

describe("wgraft compare", () => {
  it("prints the best figures, and the settings that differ", async () => {
    const { stdout, code } = await cli.run(["compare", "small-1", "small-2"], { cwd: inFolder("runs") });
    expect(code).toBe(0);
    const history = JSON.parse(await page("runs", "small-2", "history.json")) as Record<string, number[]>;
    const best = history.val_loss.indexOf(Math.min(...history.val_loss));
    const line = stdout.split("\n").find((one) => one.startsWith("small-2 "))!;
    expect(line).toMatch(new RegExp(`^small-2 +${best + 1} `));
    expect(line).toContain(history.val_loss[best].toFixed(4));
    const settings = stdout.slice(stdout.indexOf("these differ:")).trimEnd().split("\n");
    expect(settings.slice(1).map((one) => one.trim().split(/ {2,}/))).toEqual([
      ["small-1", "small-2"],
      ["optimizer", "rmsprop", "adam"],
      ["epochs", "4", "6"],
    ]);
  });

  it("gives programs the histories too, and writes a page", async () => {
    const runs = [inFolder("runs", "small-1"), inFolder("runs", "small-2", "model.h5")];
    const found = await cli.json<RunComparison>(["compare", ...runs, "--out", inFolder("c.html")]);
    expect(found.runs.map(({ run }) => run)).toEqual(runs);
    const [first] = found.runs;
    expect(first).toMatchObject({
      finishedEpochs: 4,
      keptEpoch: 4,
      application: "vgg16",
      stoppedEarly: false,
    });
    expect(first.best?.figures.val_loss).toBe(Math.min(...first.history.val_loss));
    expect(first.modelBytes).toBe((await readFile(inFolder("runs", "small-1", "model.h5"))).length);
    expect(found.differences).toEqual([
      { setting: "optimizer", values: ["rmsprop", "adam"] },
      { setting: "epochs", values: ["4", "6"] },
    ]);
    const text = await page("c.html");
    expect(problemsOf(text)).toEqual([]);
    expect(headings(text)).toEqual(["Figures", "Curves", "Settings that differ"]);
    expect(text.match(/<div role="img" aria-label="(Training|Validation) /g)).toHaveLength(4);
  });

  it("says that nothing differs", async () => {
    const { stdout } = await cli.run(["compare", "small-1"], { cwd: inFolder("runs") });
    expect(stdout).toMatch(/all \d+ settings are the same/);
  });

  it("refuses in one line what is no run, and says what was meant", async () => {
    await mkdir(inFolder("lonely"));
    await copyFile(inFolder("runs", "small-1", "model.h5"), inFolder("lonely", "model.h5"));
    await mkdir(inFolder("broken"));
    for (const name of ["model.h5", "config.json"])
      await copyFile(inFolder("runs", "small-1", name), inFolder("broken", name));
    await writeFile(inFolder("broken", "history.json"), '{"loss": ["low"]}');
    const expected: [string, RegExp][] = [
      ["runs/smal-1", /no such file; did you mean runs\/small-1\?/],
      ["lonely", /lonely: is not a run of wgraft train: there is no config\.json/],
      ["runs", /runs: is a folder; name the \.h5 file in it/],
      ["broken", /history\.json: is not the history of a training/],
    ];
    for (const [path, message] of expected) {
      const { code, stdout, stderr } = await cli.run(["compare", path], { cwd: folder });
      expect([code, stdout]).toEqual([4, ""]);
      expect(stderr).toMatch(message);
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    }
    expect((await cli.run(["compare"])).code).toBe(2);
  });
});
