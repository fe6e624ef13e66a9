/** Activation functions with arguments, as nodes of a graph. */
import { activationOps } from "../../../kernels/elementwise/activation.js";
import { multiply } from "../../../kernels/elementwise/binary.js";
import { softmax } from "../../../kernels/elementwise/softmax.js";
import type { GraphBuilder, Value } from "../../../kernels/op.js";
import { reshape } from "../../../kernels/shape/reshape.js";
import { slice } from "../../../kernels/shape/slice.js";
import { transpose } from "../../../kernels/shape/transpose.js";
import { sizeOf } from "../../../tensor.js";

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

/** The axes of x with some of them last. */
function lastOrder({ shape }: Value, axes: readonly number[]): number[] {
  return [...shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis)), ...axes];
}

/** x with some of its axes last. */
export function withLast(g: GraphBuilder, x: Value, axes: readonly number[]): Value {
  const permutation = lastOrder(x, axes);
  if (permutation.every((axis, i) => axis === i)) return x;
  return g.apply(transpose, [x], { permutation })[0];
}

/**
 * Applies what works on the last axes to other ones.
 * @param axes of x, from 0 on, in order
 */
export function movedLast(
  g: GraphBuilder,
  x: Value,
  axes: readonly number[],
  apply: (x: Value) => Value,
): Value {
  const permutation = lastOrder(x, axes);
  const y = apply(withLast(g, x, axes));
  if (permutation.every((axis, i) => axis === i)) return y;
  const back = permutation.map((_, axis) => permutation.indexOf(axis));
  return g.apply(transpose, [y], { permutation: back })[0];
}

/** softmax over some axes together, from 0 on, in order. */
export function emitSoftmax(g: GraphBuilder, x: Value, axes: readonly number[]): Value {
  return movedLast(g, x, axes, (value) => {
    const { shape } = value;
    if (axes.length === 1) return g.apply(softmax, [value], {})[0];
    const from = shape.length - axes.length;
    const flat = [...shape.slice(0, from), sizeOf(shape.slice(from))];
    const y = g.apply(softmax, g.apply(reshape, [value], { shape: flat }), {});
    return g.apply(reshape, y, { shape })[0];
  });
}

/** The first half of the last axis times the sigmoid of the second. */
export function emitGlu(g: GraphBuilder, x: Value): Value {
  const axis = x.shape.length - 1;
  const size = x.shape[axis] / 2;
  const half = (start: number) => g.apply(slice, [x], { axis, start, size })[0];
  const gate = g.apply(activationOps.sigmoid, [half(size)], {})[0];
  return g.apply(multiply, [half(0), gate], {})[0];
}
