import { shapeError } from "../../errors.js";
import { formatShape, sizeOf, type Shape } from "../../tensor.js";
import { expectFloat, expectInputs } from "../common/expect.js";
import { defineOp, specOf, type LowerContext, type Op, type Operand } from "../op.js";
import { crop2d, zeroPad2d } from "./pad.js";

export interface SliceAttrs {
  /** From 0 on. */
  readonly axis: number;
  /** The first place that is taken. */
  readonly start: number;
  /** How many. */
  readonly size: number;
}

/** What surrounds a slice of x: zeros, in its gradient. */
export interface PadAxisAttrs {
  readonly axis: number;
  readonly before: number;
  readonly after: number;
}

function sizeAt(op: string, shape: Shape, axis: number): number {
  if (Number.isInteger(axis) && axis >= 0 && axis < shape.length) return shape[axis];
  throw shapeError(op, `an axis of x ${formatShape(shape)}`, `${axis}`);
}

const withSize = (shape: Shape, axis: number, size: number) => shape.map((d, i) => (i === axis ? size : d));

/**
 * Pads or crops one axis by the kernel for images, which sees [before the axis, 1, the axis, after it]: so batches beyond the
 * binding limit are split. Where all is a multiple of four, so is the last of these.
 */
function launchAlong(
  op: typeof crop2d,
  ctx: LowerContext,
  [x, y]: readonly [Operand, Operand],
  { axis, before, after }: PadAxisAttrs,
): void {
  const outer = sizeOf(x.shape.slice(0, axis));
  const inner = sizeOf(x.shape.slice(axis + 1));
  const four = [before, after, x.shape[axis], y.shape[axis]].every((size) => size % 4 === 0) ? 4 : 1;
  const view = (operand: Operand): Operand => ({
    ...operand,
    shape: [outer, 1, operand.shape[axis] / four, inner * four],
  });
  op.lower!(ctx, [view(x)], [view(y)], { pads: [0, 0, before / four, after / four] });
}

/** `size` places of one axis of x, from `start` on; of x's type. */
export const slice: Op<SliceAttrs> = defineOp<SliceAttrs>({
  name: "slice",
  infer(inputs, { axis, start, size }) {
    expectInputs("slice", inputs, 1);
    const [x] = inputs;
    const dtype = expectFloat("slice", "x", x);
    const places = sizeAt("slice", x.shape, axis);
    if (![start, size].every(Number.isInteger) || start < 0 || size < 1 || start + size > places) {
      throw shapeError("slice", `places within the ${places} of axis ${axis}`, `${start} to ${start + size}`);
    }
    return [specOf(withSize(x.shape, axis, size), dtype)];
  },
  lower(ctx, [x], [y], { axis, start, size }) {
    launchAlong(crop2d, ctx, [x, y!], { axis, before: start, after: x.shape[axis] - start - size });
  },
  vjp(g, dy, { inputs: [x] }, { axis, start, size }) {
    return [() => g.apply(padAxis, [dy], { axis, before: start, after: x.shape[axis] - start - size })[0]];
  },
});

/** Zeros before and after x along one axis; of x's type. */
export const padAxis: Op<PadAxisAttrs> = defineOp<PadAxisAttrs>({
  name: "pad_axis",
  infer(inputs, { axis, before, after }) {
    expectInputs("pad_axis", inputs, 1);
    const [x] = inputs;
    const dtype = expectFloat("pad_axis", "x", x);
    const places = sizeAt("pad_axis", x.shape, axis);
    if (![before, after].every((n) => Number.isInteger(n) && n >= 0)) {
      throw shapeError("pad_axis", "whole numbers ≥ 0 of zeros", `${before} and ${after}`);
    }
    return [specOf(withSize(x.shape, axis, before + places + after), dtype)];
  },
  lower(ctx, [x], [y], attrs) {
    launchAlong(zeroPad2d, ctx, [x, y!], attrs);
  },
  vjp(g, dy, { inputs: [x] }, { axis, before }) {
    return [() => g.apply(slice, [dy], { axis, start: before, size: x.shape[axis] })[0]];
  },
});
