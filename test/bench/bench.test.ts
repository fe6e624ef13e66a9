/** `wgraft bench` as a user runs it. */
import type { ChildProcess } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, expectTypeOf, it, vi } from "vitest";
import type { Comparison } from "../../bench/compare.js";
import type * as suite from "../../bench/main.js";
import { parseReport, type Report } from "../../bench/report.js";
import type { BenchSuite } from "../../src/transfer/diagnosis/bench.js";
import { Cli } from "../cli/cli.js";
import { temporaryFolder } from "../support/images.js";

let cli: Cli;
beforeAll(async () => {
  cli = await Cli.build();
});
afterAll(() => cli.remove());

describe("wgraft bench", () => {
  it("is what the command line expects, which does not import it", () => {
    expectTypeOf<typeof suite>().toExtend<BenchSuite>();
  });

  it("lists what there is to measure, peers included", async () => {
    const { code, stdout } = await cli.run(["bench", "--list"]);
    expect(code).toBe(0);
    const names = stdout.trim().split("\n");
    for (const name of [
      "peak fma",
      "conv2d block3_conv2",
      "conv2dBackpropFilter block1_conv1",
      "forward batch 20",
      "forward f16 batch 4",
    ])
      expect(names).toContain(name);
    for (const name of ["frozen step", "head epoch", "extraction", "peer tfjs-webgpu, head epoch"])
      expect(names).toContain(name);
  });

  it("measures, writes, draws, and compares with an earlier run", async () => {
    const folder = await temporaryFolder();
    const [out, chart] = [join(folder, "bench.json"), join(folder, "bench.svg")];
    const only = ["bench", "--quick", "--only", "^(softmax|imageToFloat)$"];
    const first = await cli.run([...only, "--out", out, "--chart", chart]);
    expect(first.stderr).toMatch(/1\/2 softmax\n2\/2 imageToFloat\n/);
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(/^softmax +256×1000 /m);
    const report = parseReport(await readFile(out, "utf8"), out);
    expect(report.figures.map((f) => f.name)).toEqual(["softmax", "imageToFloat"]);
    expect(report.quick).toBe(true);
    expect(report.figures.every((f) => f.runs >= 1 && f.median > 0 && f.byteShare! > 0)).toBe(true);
    expect(await readFile(chart, "utf8")).toContain("softmax");

    // As if it had been a thousand times slower, whatever the load is now.
    const slow = report.figures.map((f) => ({ ...f, median: 1000 * f.median }));
    await writeFile(out, JSON.stringify({ ...report, figures: slow }));
    const second = await cli.json<Report & { comparisons: Comparison[] }>([...only, "--compare", out]);
    expect(second.comparisons.map((c) => [c.name, c.verdict])).toEqual([
      ["softmax", "faster"],
      ["imageToFloat", "faster"],
    ]);
  });

  it("keeps what it has measured where it is killed half-way, and compares with that", async () => {
    const out = join(await temporaryFolder(), "bench.json");
    const args = ["bench", "--quick", "--only", "^(softmax|imageToFloat|head epoch)$"];
    let child: ChildProcess | undefined;
    const killed = cli.run([...args, "--out", out], { onStart: (started) => (child = started) });
    await vi.waitFor(() => readFile(out, "utf8"), { timeout: 60_000, interval: 20 });
    child!.kill("SIGKILL");
    expect((await killed).code).toBeNull();
    const report = parseReport(await readFile(out, "utf8"), out);
    expect(report.complete).toBe(false);
    expect(report.figures.length).toBeGreaterThan(0);
    expect(report.figures.length).toBeLessThan(3);
    expect(report.activity!.start.load).toHaveLength(3);
    const names = report.figures.map(({ name }) => name);

    const { code, stdout } = await cli.run([...args.slice(0, 3), `^(${names.join("|")})$`, "--compare", out]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\d faster, \d slower, \d within the noise; the ratios' geometric mean is /);
    expect(stdout).toContain("stopped early: yes → no");
  });

  it.each([
    ["a name that nothing has", ["--only", "nonsense"], 2, /--only nonsense: nothing has such a name/],
    ["no regular expression", ["--only", "("], 2, /Expected a regular expression/],
    ["an output in no folder", ["--out", "/nowhere/at/all.json"], 1, /cannot write \/nowhere\/at\/all\.json/],
    ["an earlier file that is not there", ["--compare", "nowhere.json"], 1, /cannot read nowhere\.json/],
    ["an earlier file of something else", ["--compare", "package.json"], 4, /not a file of wgraft bench/],
  ])("refuses %s before it measures", async (_what, args, code, message) => {
    const refused = await cli.run(["bench", "--only", "softmax", ...args]);
    expect(refused.stderr).toMatch(message);
    expect(refused.code).toBe(code);
    expect(refused.stdout).toBe("");
  });
});
