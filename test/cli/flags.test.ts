/** The names of options, which the library gives in backticks, and their flags. */
import { describe, expect, it } from "vitest";
import { flagOf, withFlags } from "../../src/cli/flags.js";

describe("flags", () => {
  it("are made of the names of options", () => {
    expect(["size", "skipBad", "noAutotune", "stepsPerEpoch"].map(flagOf)).toEqual([
      "--size",
      "--skip-bad",
      "--no-autotune",
      "--steps-per-epoch",
    ]);
  });

  it("stand in messages where the names do, and nowhere else", () => {
    expect(
      withFlags("`learningRate` 3: weights of `my run` and `a/b.h5` stay; leave `learningRate` away"),
    ).toBe("--learning-rate 3: weights of `my run` and `a/b.h5` stay; leave --learning-rate away");
  });
});
