/** Arguments that several layers of Keras have. */
import { shapeError } from "../../errors.js";
import { integer, listOf, oneOf, pairOf, type Bounds, type Check } from "../../options/checks.js";
import { advised, fixed } from "../../options/fields.js";
import { formatShape, type Shape } from "../../tensor.js";
import { constraintField, type Constraint } from "../constraints.js";
import { regularizerField, type Regularizer } from "../regularizers.js";

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

/** Size of a window along one axis, or its step; in files also `[3]`. */
export const single: Check<number> = {
  ...integer({ min: 1 }),
  expected: "a positive integer",
  fromJson: loneItem,
};

/** Height and width of a window, or its steps. */
export const pair = oneOrTwo({ min: 1 }, "a positive integer or two");

const axes = listOf(integer(), "");

/** `-1` or `[1, 2]` → `[-1]`, `[1, 2]`; a lone one is written as a number, as Keras takes it everywhere. */
export const axisList: Check<number | readonly number[], number[]> = {
  expected: "an integer or a list of integers",
  read: (value) => axes.read(typeof value === "number" ? [value] : value),
  toJson: (list) => (list.length === 1 ? list[0] : list),
};

/**
 * Axes of a sample as those of a batch, from 1 on, in order, each once.
 * @throws WgraftError `shape` for the batch axis and for one that there is not
 */
export function sampleAxes(
  layer: { readonly name: string },
  given: readonly number[],
  sample: Shape,
): number[] {
  const rank = sample.length + 1;
  const places = given.map((axis) => (axis < 0 ? axis + rank : axis));
  const isGood = places.every((axis) => axis >= 1 && axis < rank) && new Set(places).size === given.length;
  if (isGood && given.length > 0) return places.sort((a, b) => a - b);
  const expected = `different axes of ${formatShape([null, ...sample])}, without the batch axis`;
  throw shapeError(`layer ${layer.name}`, expected, given.join(", ") || "none");
}

/** Keras's arguments that wgraft does not have, at their defaults. */
export const channelsLast = {
  data_format: advised(
    fixed("channels_last", null),
    "build the model in Keras with channels_last, set_weights, and save that",
  ),
};

/** Penalties that a layer with a kernel and a bias adds to the loss, and bounds of both. */
export interface WeightOptions {
  /** Default: none. */
  kernelRegularizer?: Regularizer | null;
  /** Default: none. */
  biasRegularizer?: Regularizer | null;
  /** Of the layer's output. Default: none. */
  activityRegularizer?: Regularizer | null;
  /** Default: none. */
  kernelConstraint?: Constraint | null;
  /** Default: none. */
  biasConstraint?: Constraint | null;
}

export const weightFields = {
  kernelRegularizer: regularizerField,
  biasRegularizer: regularizerField,
  activityRegularizer: regularizerField,
  kernelConstraint: constraintField,
  biasConstraint: constraintField,
};
