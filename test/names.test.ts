import { expect, it } from "vitest";
import { nameIn, namesOf, summariesOf } from "../src/names.js";

const table = { first: { summary: "1" }, second: { summary: "2" } };

it("lists a table's names and summaries in its order", () => {
  expect(namesOf(table)).toEqual(["first", "second"]);
  expect(summariesOf(table)).toBe("first: 1; second: 2");
});

it("accepts the names in a table, and no other value", () => {
  expect(nameIn(table, "place", "second")).toBe("second");
  for (const name of ["third", "toString", "__proto__", undefined, ["first"], 1]) {
    expect(() => nameIn(table, "place", name)).toThrow(
      expect.objectContaining({
        code: "not-supported",
        message: `place ${JSON.stringify(name)} is not known; known: first, second`,
      }),
    );
  }
  expect(() => nameIn(table, "place", "third", "usage")).toThrow(expect.objectContaining({ code: "usage" }));
});
