/** Arguments that several layers of Keras have. */
import { integer, oneOf, pairOf, type Bounds, type Check } from "../../options/checks.js";
import { fixed } from "../../options/fields.js";

export type Pair = [number, number];
export type Padding = "same" | "valid";

export const padding = oneOf<Padding>(["same", "valid"]);

/** Some versions of Keras write `[3]` for 3. */
export function loneItem(json: unknown): unknown {
  return Array.isArray(json) && json.length === 1 ? (json as unknown[])[0] : json;
}

/** `3` or `[3, 5]` → `[3, 5]`; in files also `[3]`. */
export function oneOrTwo(bounds: Bounds, expected: string): Check<number | readonly [number, number], Pair> {
  const two = pairOf(integer(bounds), expected);
  return {
    expected,
    read: (value) => two.read(typeof value === "number" ? [value, value] : value),
    fromJson: loneItem,
  };
}

/** Height and width of a window, or its steps. */
export const pair = oneOrTwo({ min: 1 }, "a positive integer or two");

/** Keras's arguments that wgraft does not have, at their defaults. */
export const channelsLast = { data_format: fixed("channels_last", null) };

export const regularization = {
  kernel_regularizer: fixed(null),
  bias_regularizer: fixed(null),
  activity_regularizer: fixed(null),
  kernel_constraint: fixed(null),
  bias_constraint: fixed(null),
};

export const window = { ...channelsLast, dilation_rate: fixed([1, 1], 1), groups: fixed(1) };
