import { expect, it } from "vitest";
import { csvLine } from "../../src/io/csv.js";

it("quotes what would be taken for more than one cell or line", () => {
  expect(csvLine(["a", 1, "b,c", 'd"e', "f\ng", "é"])).toBe('a,1,"b,c","d""e","f\ng",é');
});
