/** A tensor with some elements repeated, and the sum over such repetitions: each the other's gradient. */
import stridedCopy from "../../../wgsl/shape/strided_copy.wgsl";
import { shapeError } from "../../errors.js";
import { formatShape, sameShape, type FloatType, type Shape } from "../../tensor.js";
import { broadcastShape } from "../common/broadcast.js";
import { expectFloat, expectInputs } from "../common/expect.js";
import { broadcastStrides, launchStrided, stridedKernel } from "../common/strided.js";
import {
  defineOp,
  float32,
  specOf,
  type GraphBuilder,
  type LowerContext,
  type Op,
  type Operand,
  type Value,
} from "../op.js";
import { castTo } from "./cast.js";
import { sumSegments } from "./sumRows.js";

export const stridedCopyKernel = stridedKernel("strided_copy", stridedCopy, ["x"]);

/** Throws where `from` does not broadcast to `to`. */
function expectBroadcast(op: string, from: Shape, to: Shape): void {
  if (!sameShape(broadcastShape(op, from, to), to)) {
    throw shapeError(op, `a shape that broadcasts to ${formatShape(to)}`, formatShape(from));
  }
}

/** x repeated along the axes that it lacks or has one element of, until it has `shape`; of x's type. */
export const broadcastTo: Op<{ readonly shape: Shape }> = defineOp<{ readonly shape: Shape }>({
  name: "broadcast_to",
  infer(inputs, { shape }) {
    expectInputs("broadcast_to", inputs, 1);
    const dtype = expectFloat("broadcast_to", "x", inputs[0]);
    expectBroadcast("broadcast_to", inputs[0].shape, shape);
    return [specOf(shape, dtype)];
  },
  lower(ctx, [x], [y]) {
    launchStrided(ctx, {
      op: "broadcast_to",
      kernel: stridedCopyKernel,
      result: y!,
      inputs: { x: { operand: x, strides: broadcastStrides(x.shape, y!.shape) } },
    });
  },
  vjp(g, dy, { inputs: [x] }) {
    return [() => g.apply(sumTo, [dy], { shape: x.shape })[0]];
  },
});

export interface SumToAttrs {
  readonly shape: Shape;
  /** Of the sums. Default: x's. */
  readonly dtype?: FloatType;
}

/** x summed, in float32, over the axes along which `shape` would be repeated to have x's. */
export const sumTo: Op<SumToAttrs> = defineOp<SumToAttrs>({
  name: "sum_to",
  infer(inputs, { shape, dtype }) {
    expectInputs("sum_to", inputs, 1);
    const own = expectFloat("sum_to", "x", inputs[0]);
    expectBroadcast("sum_to", shape, inputs[0].shape);
    return [specOf(shape, dtype ?? own)];
  },
  lower(ctx, [x], [y]) {
    launchSums(ctx, x, y!);
  },
  vjp(g, dy, { inputs: [x] }) {
    return [() => castTo(g, g.apply(broadcastTo, [dy], { shape: x.shape })[0], x.dtype as FloatType)];
  },
});

/** What flows back to an operand that was broadcast: dy summed to its shape, in its type. */
export function sumToLike(g: GraphBuilder, dy: Value, { shape, dtype }: Value): Value {
  if (sameShape(dy.shape, shape)) return castTo(g, dy, dtype as FloatType);
  return g.apply(sumTo, [dy], { shape, dtype: dtype as FloatType })[0];
}

/** Axes of x, outermost first, neighbours joined that are both kept or both summed. */
function joinedAxes(x: Shape, y: Shape): { size: number; summed: boolean }[] {
  const strides = broadcastStrides(y, x);
  const axes: { size: number; summed: boolean }[] = [];
  x.forEach((size, axis) => {
    if (size === 1) return;
    const summed = strides[axis] === 0;
    const last = axes.at(-1);
    if (last?.summed === summed) last.size *= size;
    else axes.push({ size, summed });
  });
  return axes;
}

/** A pass for each run of axes to be summed, the innermost first: that leaves least for the next. */
function launchSums(ctx: LowerContext, x: Operand, y: Operand): void {
  const axes = joinedAxes(x.shape, y.shape);
  // Nothing but axes of one element: a sum of one.
  if (!axes.some(({ summed }) => summed)) axes.push({ size: 1, summed: true });
  const product = (part: typeof axes) => part.reduce((size, axis) => size * axis.size, 1);
  let from = x;
  do {
    const at = axes.findLastIndex(({ summed }) => summed);
    const [segments, channels] = [product(axes.slice(0, at)), product(axes.slice(at + 1))];
    const [{ size: rows }] = axes.splice(at, 1);
    const isLast = !axes.some(({ summed }) => summed);
    const to = isLast ? y : ctx.scratch(float32(segments, channels));
    sumSegments(ctx, "sum_to", from, to, { segments, rows, channels }, 1);
    from = to;
  } while (axes.some(({ summed }) => summed));
}
