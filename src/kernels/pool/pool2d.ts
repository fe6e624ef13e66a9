/** What poolings over windows have in common. */
import { shapeError } from "../../errors.js";
import type { Shape } from "../../tensor.js";
import { windowPositions, type Pads, type Size2d } from "../common/window2d.js";

export interface Pool2dAttrs {
  readonly poolSize: Size2d;
  readonly strides: Size2d;
  /** Padding takes no part in the result. Less than the pool size on every side. */
  readonly pads: Pads;
}

/** Shape of what pooling makes of x [n, h, w, c], or a `shape` error. */
export function pooledShape(
  op: string,
  [n, h, w, c]: Shape,
  { poolSize, strides, pads }: Pool2dAttrs,
): [n: number, h: number, w: number, c: number] {
  const [poolHeight, poolWidth] = poolSize;
  const [top, bottom, left, right] = pads;
  if (Math.max(top, bottom) >= poolHeight || Math.max(left, right) >= poolWidth) {
    throw shapeError(op, `pads smaller than the pool size ${poolSize.join("×")}`, pads.join(", "));
  }
  return [n, ...windowPositions(op, [h, w], poolSize, strides, pads), c];
}
