import { describe, expect, it } from "vitest";
import { budgets, hasTime, repeat } from "../../bench/repeat.js";
import { quantile, summarize } from "../../bench/statistics.js";

describe("summarize", () => {
  it("takes the middle of an odd number of samples, whatever their order", () => {
    expect(summarize([9, 1, 5])).toEqual({ median: 5, min: 1, iqr: 4, runs: 3 });
  });

  it("takes the mean of the middle two of an even number", () => {
    expect(summarize([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, iqr: 1.5, runs: 4 });
  });

  it("says that one sample has no spread", () => {
    expect(summarize([7])).toEqual({ median: 7, min: 7, iqr: 0, runs: 1 });
  });

  it("is not moved by one outlier, as a mean would be", () => {
    const { median, iqr } = summarize([10, 10, 10, 10, 1000]);
    expect([median, iqr]).toEqual([10, 0]);
  });

  it("refuses no samples", () => {
    expect(() => summarize([])).toThrow(RangeError);
  });

  it("interpolates quantiles as NumPy does", () => {
    // np.quantile([1, 2, 4, 8, 16], [0, .1, .3, .9, 1])
    const at = (q: number) => quantile([1, 2, 4, 8, 16], q);
    expect([0, 0.1, 0.3, 0.9, 1].map(at)).toEqual([1, 1.4, 2.4, expect.closeTo(12.8), 16]);
  });
});

describe("repeat", () => {
  it("leaves the first run out, and stops at the most that the budget has", async () => {
    let calls = 0;
    const figures = await repeat(async () => ++calls, { maxRuns: 4, seconds: 1000 });
    expect(figures).toEqual([2, 3, 4, 5]);
  });

  it("measures once however long it takes", async () => {
    const figures = await repeat(async () => 1, { maxRuns: 9, seconds: 0 });
    expect(figures).toEqual([1]);
  });

  it("stops when it is interrupted", async () => {
    const controller = new AbortController();
    const run = async () => {
      controller.abort();
      return 1;
    };
    await expect(repeat(run, budgets.full, controller.signal)).rejects.toMatchObject({ code: "aborted" });
  });

  it("gives something slow three runs within twice the time, and something quick more within it", () => {
    const budget = { maxRuns: 9, seconds: 10 };
    expect(hasTime(1, 15, budget)).toBe(true);
    expect(hasTime(1, 21, budget)).toBe(false);
    expect(hasTime(3, 15, budget)).toBe(false);
    expect(hasTime(3, 5, budget)).toBe(true);
    expect(hasTime(9, 5, budget)).toBe(false);
  });
});
