import { describe, expect, it } from "vitest";
import { compile } from "vega-lite";
import { chartSpec, renderChart } from "../../bench/chart.js";
import { columns, digits, duration, percent } from "../../bench/format.js";
import type { PeerReport } from "../../bench/report.js";
import { tableLines } from "../../bench/table.js";
import { figure, reportOf } from "./reports.js";

const peers: PeerReport = {
  notes: ["a note"],
  versions: { tfjs: "4.22.0" },
  figures: [
    {
      peer: "wgraft",
      job: "head epoch",
      median: 2000,
      min: 1,
      iqr: 0,
      runs: 3,
      ratio: 1,
      error: null,
      load: 1,
    },
    {
      peer: "tfjs",
      job: "head epoch",
      median: 9000,
      min: 1,
      iqr: 90,
      runs: 3,
      ratio: 4.5,
      error: 2e-6,
      load: 1,
    },
  ],
  failures: [{ name: "peer other, head epoch", reason: "it fell over" }],
};

const whole = reportOf(
  [
    figure("peak fma", 10, { group: "peak", gflops: 196 }),
    figure("peak copy", 10, { group: "peak", gbps: 20.5 }),
    figure("conv2d x", 12.34, { gflops: 98, flopShare: 0.5, gbps: 2, byteShare: 0.1, iqr: 1.234 }),
    figure("relu", 0.5, { gbps: 30.75, byteShare: 1.5 }),
    figure("forward", 2500, {
      group: "job",
      rate: { value: 1.6, unit: "img/s" },
      memory: { variables: 0, inputs: 0, intermediates: 0, total: 100 * 2 ** 20 },
      note: "a remark",
    }),
  ],
  { failures: [{ name: "conv2d y", reason: "out of memory" }], peers },
);

describe("format", () => {
  it("shows three digits", () => {
    expect([0.01234, 1.234, 12.34, 123.4, 1234.5, 0].map(digits)).toEqual([
      ...["0.0123", "1.23", "12.3", "123", "1,235", "0"],
    ]);
    expect([0.0005, 0.5, 12.34, 1234].map(duration)).toEqual(["0.500 µs", "500 µs", "12.3 ms", "1.23 s"]);
    expect([0.0123, 0.123, 1.5].map(percent)).toEqual(["1.2%", "12%", "150%"]);
  });

  it("aligns words to the left and figures to the right", () => {
    expect(
      columns([
        ["a", "b"],
        ["long", "1"],
        ["x", "100"],
      ]),
    ).toEqual(["a       b", "long    1", "x     100"]);
  });
});

describe("tableLines", () => {
  const lines = tableLines(whole);
  const line = (start: string) => lines.find((l) => l.startsWith(start)) ?? "";

  it("says what the figures depend on", () => {
    const heading = lines.slice(0, 4).join("\n");
    expect(heading).toMatch(/some GPU/);
    expect(heading).toMatch(/wgraft 0\.1\.0 at abc1234, webgpu 0\.6\.2, Node v20/);
    expect(heading).toMatch(/load average at the start 0\.5 0\.4 0\.3/);
    expect(heading).toMatch(/generated inputs, seeded weights/);
  });

  it("shows rates, shares of the peaks, spreads and memory", () => {
    expect(line("peak fma")).toMatch(/196 GFLOP\/s$/);
    expect(line("conv2d x").split(/ {2,}/)).toEqual([
      ...["conv2d x", "4×4", "12.3 ms", "10%", "98.0", "50%", "2.00", "10%"],
    ]);
    expect(line("relu")).toMatch(/30\.8 +150%$/);
    expect(line("forward ")).toMatch(/2\.50 s.*1\.60 img\/s +100 MiB$/);
    expect(lines).toContain("forward: a remark");
  });

  it("shows failures and peers", () => {
    expect(lines).toContain("  conv2d y: out of memory");
    expect(line("head epoch  tfjs")).toMatch(/9\.00 s +1\.0% +3 +4\.50× +2\.0e-6 +1\.0$/);
    expect(lines).toContain("  peer other, head epoch: it fell over");
    expect(lines.at(-1)).toBe("a note");
  });

  it("leaves out sections that have nothing in them", () => {
    expect(tableLines(reportOf([]))).toHaveLength(4);
  });
});

describe("the chart", () => {
  it("is a specification that vega-lite takes without a warning", () => {
    const warnings: unknown[] = [];
    const keep = (...words: readonly unknown[]) => warnings.push(...words);
    const logger = { warn: keep, error: keep, info: keep, debug: keep, level: () => logger } as never;
    compile(chartSpec(whole), { logger });
    expect(warnings).toEqual([]);
  });

  it("draws a bar with its figure for every kernel, job and peer", async () => {
    const svg = await renderChart(whole);
    expect(svg).toMatch(/^<svg/);
    for (const text of ["50%, 98.0 GFLOP/s", "150%, 30.8 GB/s", "2.50 s, 1.60 img/s", "9.00 s, 4.50×"])
      expect(svg).toContain(`>${text}<`);
    expect(svg.match(/aria-roledescription="bar"/g)).toHaveLength(5);
    expect(svg).not.toContain("NaN");
  });

  it("can be drawn of nothing", async () => {
    expect(await renderChart(reportOf([]))).toMatch(/^<svg/);
  });
});
