import { expect, it } from "vitest";
import { tensor } from "../../src/tensor.js";
import { expectWithin } from "./golden.js";

const expected = tensor([1, -4, 2]);

it("expectWithin measures errors by the largest expected value", () => {
  expectWithin(tensor([1.3, -4, 2]), expected, 0.1);
  expect(() => expectWithin(tensor([1.5, -4, 2]), expected, 0.1)).toThrow();
});

it("expectWithin refuses NaN and infinity, wherever they stand", () => {
  for (const value of [NaN, Infinity]) {
    for (let place = 0; place < 3; place++) {
      const actual = [1.1, -4, 2];
      actual[place] = value;
      expect(() => expectWithin(tensor(actual), expected, 0.1)).toThrow();
    }
  }
});

it("expectWithin refuses another number of values", () => {
  expect(() => expectWithin(tensor([1, -4]), expected, 0.1)).toThrow();
});
