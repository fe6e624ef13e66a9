/** Numbers of places at the two ends of a sequence, and at the four sides of an image. */
import { pairOf, type Check } from "../../../options/checks.js";
import { oneOrTwo, type Pair } from "../arguments.js";

/** ((top, bottom), (left, right)). */
export type Sides = readonly [readonly [number, number], readonly [number, number]];

const pairs = pairOf(oneOrTwo({ min: 0 }, ""), "");

/** `1`, `[1, 2]` (rows, columns) or a number for each side. */
export const sides: Check<number | readonly [number, number] | Sides, [Pair, Pair]> = {
  expected: "an integer ≥ 0, two, or two pairs",
  read: (value) => pairs.read(typeof value === "number" ? [value, value] : value),
};

/** `1`, or a number for each end. */
export const ends = oneOrTwo({ min: 0 }, "an integer ≥ 0 or two");
