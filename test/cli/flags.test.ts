/** The names of options, which the library gives in backticks, and their flags. */
import { describe, expect, it } from "vitest";
import { WgraftError } from "../../src/errors.js";
import { number } from "../../src/options/checks.js";
import { checkOption, checkOptions } from "../../src/options/checkOptions.js";
import { required } from "../../src/options/fields.js";
import { flagOf, messageWithFlags, withFlags } from "../../src/cli/flags.js";

describe("flags", () => {
  it("are made of the names of options", () => {
    expect(["size", "skipBad", "autotune", "stepsPerEpoch"].map(flagOf)).toEqual([
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

  it("stand for options that are on by default with what turns them off", () => {
    expect(withFlags("`shuffle` is false, was true")).toBe("shuffle (--no-shuffle) is false, was true");
  });

  /** What is thrown. */
  function thrown(action: () => unknown): WgraftError {
    try {
      action();
    } catch (error) {
      return error as WgraftError;
    }
    throw new Error("nothing is thrown");
  }

  it("stand in place of an option's name and its owner's", () => {
    const field = required(number({ above: 0 }));
    const wrong = thrown(() => checkOption("trainOnImages", "learningRate", field, -1));
    expect(messageWithFlags(wrong)).toBe("--learning-rate: expected a finite number above 0, got -1");
    const table = { owner: "trainHead", fields: { learningRate: field }, fixed: {} };
    const missing = thrown(() => checkOptions(table, {}));
    expect(messageWithFlags(missing)).toBe(
      "--learning-rate: expected a finite number above 0, but it is missing",
    );
  });

  it("do not stand in messages that are about no option", () => {
    const error = new WgraftError("bad-input", "`a`: is no file");
    expect(messageWithFlags(error)).toBe("`a`: is no file");
  });
});
