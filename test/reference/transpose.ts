import { sizeOf, type Shape } from "../../src/tensor.js";

/** Axis k of the result is axis permutation[k] of x. */
export function transpose(x: Float64Array, shape: Shape, permutation: readonly number[]): Float64Array {
  const steps = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const visit = (axis: number, place: number): number[] => {
    if (axis === permutation.length) return [x[place]];
    const own = permutation[axis];
    return Array.from({ length: shape[own] }, (_, i) => visit(axis + 1, place + i * steps[own])).flat();
  };
  return Float64Array.from(visit(0, 0));
}
