/** Axes whose extent only the data decide: Keras's None. */
import type { Shape } from "../../tensor.js";

/** A shape per sample; null along the axes that are open. */
export type OpenShape = readonly (number | null)[];

/**
 * What shapes are inferred at in place of an open extent. What differs between the two is open as well. They are powers of two, so
 * that extents which are halved and doubled again fit each other.
 */
const trials = [512, 1024] as const;

/** A shape at both trial extents. */
export function trialShapes(open: OpenShape): { shape: Shape; other: Shape } {
  const [shape, other] = trials.map((trial) => open.map((extent) => extent ?? trial));
  return { shape, other };
}

/** The axes along which two trials differ are open. */
export function openShapeOf(shape: Shape, other: Shape): OpenShape {
  return shape.map((extent, axis) => (extent === other[axis] ? extent : null));
}

/** Whether samples have a shape, in any extent where that is open. */
export function fitsOpen(open: OpenShape, shape: Shape): boolean {
  return open.length === shape.length && open.every((extent, i) => extent === null || extent === shape[i]);
}
