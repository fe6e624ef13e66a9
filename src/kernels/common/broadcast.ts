import { shapeError } from "../../errors.js";
import { formatShape, type Shape } from "../../tensor.js";

/** The shape of two tensors together, after NumPy: an axis that is missing or of one element goes along with the other's. */
export function broadcastShape(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const sizeAt = (shape: Shape, axis: number) => shape[axis - (rank - shape.length)] ?? 1;
  return Array.from({ length: rank }, (_, axis) => {
    const [left, right] = [sizeAt(a, axis), sizeAt(b, axis)];
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw shapeError(op, `shapes that broadcast together`, `${formatShape(a)} and ${formatShape(b)}`);
  });
}
