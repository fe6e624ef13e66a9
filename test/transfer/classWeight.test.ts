/** `--class-weight`: its notation and what it comes to. */
import { describe, expect, it } from "vitest";
import { parseClassWeight } from "../../src/cli/parsers.js";
import { classWeightByIndex, resolveClassWeight } from "../../src/transfer/data/classWeight.js";

const names = ["cats", "dogs", "eels"];
const resolve = (text: string, classNames = names, labels: number[] = [0, 1, 2]) =>
  resolveClassWeight(parseClassWeight(text), classNames, labels);

describe("--class-weight", () => {
  it("takes names and indices of classes; a class that is not named has none", () => {
    expect(resolve("cats=1,dogs=2.5")).toEqual({ cats: 1, dogs: 2.5 });
    expect(resolve(" 0 = 1 , 2=0 ")).toEqual({ cats: 1, eels: 0 });
    expect(resolve("a=b=3", ["a=b", "c"])).toEqual({ "a=b": 3 });
    expect(resolveClassWeight(undefined, names, [])).toBeNull();
  });

  it("takes a name for the class of that name, and not for an index", () => {
    expect(resolve("1=5", ["1", "2"])).toEqual({ 1: 5 });
    expect(resolve("0=5", ["1", "2"])).toEqual({ 1: 5 });
    expect(classWeightByIndex({ 1: 5, 2: 7 }, ["1", "2"])).toEqual({ 0: 5, 1: 7 });
  });

  it("is n / (k · count) when balanced, as scikit-learn's compute_class_weight", () => {
    const labels = [0, 0, 0, 0, 0, 0, 1, 1, 2];
    expect(resolve("balanced", names, labels)).toEqual({ cats: 0.5, dogs: 1.5, eels: 3 });
    // Over the classes that occur: the others have no samples to weigh.
    expect(resolve("balanced", names, [0, 0, 0, 2])).toEqual({ cats: 4 / 6, eels: 2 });
  });

  it("goes to the fit by index", () => {
    expect(classWeightByIndex({ dogs: 2, cats: 1 }, names)).toEqual({ 0: 1, 1: 2 });
    expect(classWeightByIndex(null, names)).toBeUndefined();
  });

  it.each(["", "cats", "cats=", "=1", "cats=-1", "cats=NaN", "cats=1,,dogs=2", "cats=Infinity", "Balanced"])(
    "refuses %j",
    (text) =>
      expect(() => parseClassWeight(text)).toThrow(
        /Expected balanced, or comma-separated weights of at least 0/,
      ),
  );

  it("refuses classes that there are not, and two weights for one", () => {
    const usage = (words: RegExp) =>
      expect.objectContaining({ code: "usage", message: expect.stringMatching(words) as string }) as Error;
    expect(() => resolve("birds=1")).toThrow(usage(/there is no class birds; there are: cats, dogs, eels/));
    expect(() => resolve("3=1")).toThrow(usage(/there is no class 3/));
    expect(() => resolve("cats=1,0=2")).toThrow(usage(/the class cats has two weights/));
  });
});
