/** Activation functions with arguments, as nodes of a graph. */
import { shapeError } from "../../../errors.js";
import { activationOps } from "../../../kernels/elementwise/activation.js";
import { multiply } from "../../../kernels/elementwise/binary.js";
import { softmax } from "../../../kernels/elementwise/softmax.js";
import type { GraphBuilder, Value } from "../../../kernels/op.js";
import { reshape } from "../../../kernels/shape/reshape.js";
import { slice } from "../../../kernels/shape/slice.js";
import { transpose } from "../../../kernels/shape/transpose.js";
import { formatShape, sizeOf, type Shape } from "../../../tensor.js";

export interface ReluArguments {
  /** Undefined: none. */
  readonly maxValue?: number;
  readonly negativeSlope: number;
  readonly threshold: number;
}

/** Keras's relu: `maxValue` above it, x from the threshold on, else negativeSlope · (x − threshold). */
export function emitRelu(g: GraphBuilder, x: Value, { maxValue, ...rest }: ReluArguments): Value {
  const isPlain = rest.negativeSlope === 0 && rest.threshold === 0;
  if (isPlain && maxValue === undefined) return g.apply(activationOps.relu, [x], {})[0];
  if (isPlain && maxValue === 6) return g.apply(activationOps.relu6, [x], {})[0];
  const attrs = { ...rest, ...(maxValue !== undefined && { maxValue }) };
  return g.apply(activationOps.general_relu, [x], attrs)[0];
}

/**
 * Applies what works on the last axis to other axes, taken as one.
 * @param axes of x, from 0 on, in order
 */
export function alongAxes(
  g: GraphBuilder,
  x: Value,
  axes: readonly number[],
  apply: (x: Value) => Value,
): Value {
  const rank = x.shape.length;
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const permutation = [...kept, ...axes];
  const isInOrder = permutation.every((axis, i) => axis === i);
  const turned = isInOrder ? x : g.apply(transpose, [x], { permutation })[0];
  const flat = axes.length === 1 ? turned : flattened(g, turned, rank - axes.length);
  const y = apply(flat);
  const whole = axes.length === 1 ? y : g.apply(reshape, [y], { shape: turned.shape })[0];
  if (isInOrder) return whole;
  const back = permutation.map((_, axis) => permutation.indexOf(axis));
  return g.apply(transpose, [whole], { permutation: back })[0];
}

/** x with its axes from `from` on as one. */
function flattened(g: GraphBuilder, x: Value, from: number): Value {
  const shape = [...x.shape.slice(0, from), sizeOf(x.shape.slice(from))];
  return g.apply(reshape, [x], { shape })[0];
}

/** softmax over some axes together; each counts the batch axis and may be negative from the end. */
export function emitSoftmax(g: GraphBuilder, x: Value, axes: readonly number[]): Value {
  return alongAxes(g, x, axes, (value) => g.apply(softmax, [value], {})[0]);
}

/** Axes from 0 on, in order, each once. @throws WgraftError `shape` for one that the shape does not have */
export function axesOf(owner: string, axes: readonly number[], shape: Shape): number[] {
  const rank = shape.length;
  const places = axes.map((axis) => (axis < 0 ? axis + rank : axis));
  const isGood = places.every((axis) => axis >= 0 && axis < rank) && new Set(places).size === axes.length;
  if (isGood) return places.sort((a, b) => a - b);
  throw shapeError(owner, `different axes of ${formatShape([null, ...shape.slice(1)])}`, axes.join(", "));
}

/** The first half of the last axis times the sigmoid of the second. */
export function emitGlu(g: GraphBuilder, x: Value): Value {
  const axis = x.shape.length - 1;
  const size = x.shape[axis] / 2;
  const half = (start: number) => g.apply(slice, [x], { axis, start, size })[0];
  const gate = g.apply(activationOps.sigmoid, [half(size)], {})[0];
  return g.apply(multiply, [half(0), gate], {})[0];
}
