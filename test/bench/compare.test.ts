import { describe, expect, it } from "vitest";
import { compare, differences, doubts, onlyInOne, summaryOf } from "../../bench/compare.js";
import { parseReport } from "../../bench/report.js";
import { comparisonLines } from "../../bench/table.js";
import { figure, reportOf } from "./reports.js";

const verdicts = (before: [number, number], after: [number, number]) => {
  const report = ([median, iqr]: [number, number]) => reportOf([figure("a", median, { iqr })]);
  return compare(report(before), report(after)).map((c) => [c.ratio, c.verdict]);
};

describe("compare", () => {
  it("calls a difference beyond the spread of both what it is", () => {
    expect(verdicts([10, 1], [5, 1])).toEqual([[0.5, "faster"]]);
    expect(verdicts([10, 1], [15, 1])).toEqual([[1.5, "slower"]]);
  });

  it("calls a difference within the spread of either noise", () => {
    expect(verdicts([10, 6], [15, 0])).toEqual([[1.5, "noise"]]);
    expect(verdicts([10, 0], [15, 6])).toEqual([[1.5, "noise"]]);
  });

  it("calls a small difference noise though no run scattered", () => {
    expect(verdicts([100, 0], [102, 0])).toEqual([[1.02, "noise"]]);
    expect(verdicts([100, 0], [104, 0])).toEqual([[1.04, "slower"]]);
  });

  it("leaves out what only one of them has, and what has another size", () => {
    const before = reportOf([figure("gone", 1), figure("resized", 1), figure("kept", 1)]);
    const after = reportOf([figure("new", 1), figure("resized", 1, { detail: "8×8" }), figure("kept", 1)]);
    expect(compare(before, after).map((c) => c.name)).toEqual(["kept"]);
    expect(comparisonLines(compare(before, reportOf([])), [])[0]).toMatch(/^nothing to compare/);
  });

  it("sums up", () => {
    const before = reportOf([figure("a", 10), figure("b", 10), figure("c", 10), figure("gone", 1)]);
    const after = reportOf([figure("a", 5), figure("b", 20), figure("c", 10)]);
    const comparisons = compare(before, after);
    expect(summaryOf(comparisons)).toBe(
      "1 faster, 1 slower, 1 within the noise; the ratios' geometric mean is 1.00",
    );
    expect(comparisonLines(comparisons, [])[0]).toBe(summaryOf(comparisons));
    expect(onlyInOne(before, after)).toEqual(["figures that only one has: 1 before, 0 now"]);
    expect(onlyInOne(after, after)).toEqual([]);
  });

  it("tells what else ran, and that a run was stopped", () => {
    const idle = { load: [0.5, 0.4, 0.3], busy: [] };
    const busy = { ...idle, busy: [{ name: "game", cpu: 90 }] };
    const before = reportOf([], { activity: { start: idle, end: idle } });
    const after = reportOf([], { activity: { start: idle, end: busy }, complete: false });
    expect(differences(before, after)).toEqual([
      "busy at the end: nothing → game 90%",
      "stopped early: no → yes",
    ]);
    expect(doubts(before, before)).toEqual([]);
    expect(doubts(before, after)).toEqual([
      "other programs were busy during this run: times may be off by half and more",
    ]);
    expect(doubts(after, after)[0]).toContain("the earlier run and this run");
  });

  it("tells what else differs", () => {
    const now = reportOf([], { node: "v22.0.0", toggles: ["skip_validation"], load: [9, 9, 9] });
    expect(differences(reportOf([]), now)).toEqual([
      "toggles: none → skip_validation",
      "node: v20.20.0 → v22.0.0",
      "load: 0.5 → 9.0",
    ]);
  });
});

describe("parseReport", () => {
  it("reads what was written", () => {
    const memory = { variables: 1, inputs: 2, intermediates: 3, total: 6 };
    const report = reportOf([figure("a", 1, { gflops: 2, memory, rate: { value: 3, unit: "img/s" } })], {
      peers: {
        notes: ["n"],
        versions: { tfjs: "4" },
        figures: [
          { peer: "tfjs", job: "a", median: 1, min: 1, iqr: 0, runs: 1, ratio: 2, error: null, load: 1 },
        ],
        failures: [],
      },
    });
    expect(parseReport(JSON.stringify(report), "r.json")).toEqual(report);
  });

  it.each([
    ["no JSON", "{", /^r\.json: not JSON/],
    [
      "another schema",
      JSON.stringify({ ...reportOf([]), schema: 2 }),
      /not a file of wgraft bench.*: schema:/,
    ],
    ["no report", "[]", /not a file of wgraft bench --out: its root/],
    ["a figure of words", JSON.stringify(reportOf([figure("a", "x" as never)])), /figures\.0\.median/],
  ])("refuses %s", (_what, text, message) => {
    expect(() => parseReport(text, "r.json")).toThrow(message);
    expect(() => parseReport(text, "r.json")).toThrow(expect.objectContaining({ code: "bad-input" }));
  });
});
