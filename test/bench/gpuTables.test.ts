/** docs/gpus.md: what its tables are made of. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { measuredTable, publishedTable } from "../../bench/gpuTables.js";
import { flopsOf } from "../../bench/jobs/networks.js";
import { wholeVgg16 } from "../../bench/jobs/wholeVgg16.js";
import { limitsOf, publishedGpus, vgg16Cost } from "../../bench/publishedGpus.js";
import { parseReport } from "../../bench/report.js";
import { allItems } from "../../bench/suite.js";
import { VGG16 } from "../../src/models/applications/index.js";
import { figure, reportOf } from "./reports.js";

describe("the measured adapters", () => {
  it("are a row each, the fastest first, with dashes for what is missing and doubts", () => {
    const whole = figure(wholeVgg16.float32, 12.34, { flopShare: 0.5 });
    const fma = (gflops: number) => figure("peak fma", 1, { gflops });
    const idle = { load: [0, 0, 0], busy: [] };
    const busy = { ...idle, busy: [{ name: "game", cpu: 90 }] };
    const adapter = (name: string) => ({ adapter: { name, description: "", software: false } });
    const [head, rows] = measuredTable([
      reportOf([], {
        ...adapter("slow"),
        quick: true,
        complete: false,
        activity: { start: idle, end: busy },
      }),
      reportOf([fma(1e4), whole], { ...adapter("fast"), activity: { start: idle, end: idle } }),
    ]);
    expect(rows.map((row) => row.length)).toEqual([head.length, head.length]);
    expect(rows[0].slice(0, 5)).toEqual(["fast", "10,000 GFLOP/s", "–", "12.3 ms", "50%"]);
    expect(rows[0].at(-1)).toBe("wgraft 0.1.0, linux x64, 2026-01-01");
    expect(rows[1].slice(1, -1).every((cell) => cell === "–")).toBe(true);
    expect(rows[1].at(-1)).toMatch(/2026-01-01, busy machine, quick, stopped early$/);
  });

  it("have an empty row where nobody has sent a file", () => {
    const [head, rows] = measuredTable([]);
    expect(rows).toEqual([head.map(() => "–")]);
  });

  it("are read from files that the suite wrote", () => {
    const files = readdirSync("bench/results").filter((name) => name.endsWith(".json"));
    for (const file of files)
      expect(parseReport(readFileSync(`bench/results/${file}`, "utf8"), file)).toBeDefined();
  });

  it("are rows of figures that the suite has", () => {
    const names = allItems.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([...Object.values(wholeVgg16), "forward batch 20", "head epoch"]),
    );
  });
});

describe("the published GPUs", () => {
  it("have limits that follow from their peaks", () => {
    const [head, rows] = publishedTable();
    expect(rows.map((row) => [row.length, row[0]])).toEqual(
      publishedGpus.map(({ name }) => [head.length, name]),
    );
    const { arithmetic, memory } = limitsOf({ tflops: 30.94, bandwidth: 553.430176 });
    expect([arithmetic, memory]).toEqual([expect.closeTo(1, 9), expect.closeTo(1, 9)]);
  });

  it("are of the network that the suite measures", async () => {
    const model = await VGG16({ weights: null });
    expect(model.countParams()).toBe(vgg16Cost.weights);
    expect(flopsOf(model).forward / 1e9).toBeCloseTo(vgg16Cost.gflop, 2);
  });
});
