import { expect, it } from "vitest";
import { describeOmitted } from "../../../src/io/dataset/omitted.js";

it("what is omitted is said in one line, in the singular and the plural", () => {
  expect(describeOmitted({ counts: {}, undecodable: {} })).toBeUndefined();
  const counts = { "files of other types": 1, "hidden folders": 2 };
  const undecodable = { HEIC: ["a.heic"] };
  expect(describeOmitted({ counts, undecodable })).toMatch(
    /^omitted: 1 file of other types; 2 hidden folders; 1 HEIC image \(a\.heic\): convert/,
  );
});
