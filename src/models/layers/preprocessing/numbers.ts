/** Numbers in the arguments of layers that preprocess. */
import { fill } from "../../../kernels/elementwise/elementwise.js";
import type { GraphBuilder, Value } from "../../../kernels/op.js";
import { concat } from "../../../kernels/shape/concat.js";
import { listOf, number, type Check } from "../../../options/checks.js";
import { isPlainObject } from "../../../options/describe.js";

const list = listOf(number(), "");

/** One number, or a list; in files also an array of NumPy, as Keras 3 writes it. */
export const numbers: Check<number | readonly number[], number | number[]> = {
  expected: "a finite number or a list of them",
  read: (value) => {
    if (typeof value === "number") return number().read(value);
    return Array.isArray(value) && value.length === 0 ? undefined : list.read(value);
  },
  fromJson: (json) => {
    const config = isPlainObject(json) ? json.config : undefined;
    return isPlainObject(config) && "value" in config ? flat(config.value) : flat(json);
  },
};

/** Keras takes arrays with axes of one element, [[[1, 2, 3]]]. */
function flat(json: unknown): unknown {
  return Array.isArray(json) && json.length === 1 && Array.isArray(json[0]) ? flat(json[0]) : json;
}

/** A constant, float32 [values.length]. */
export function vector(g: GraphBuilder, values: readonly number[]): Value {
  const parts = values.map((value) => g.apply(fill, [], { shape: [1], value })[0]);
  return parts.length === 1 ? parts[0] : g.apply(concat, parts, { axis: 0 })[0];
}
