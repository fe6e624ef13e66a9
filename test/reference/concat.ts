import { sizeOf, type Shape } from "../../src/tensor.js";

/** Row by row: what lies before the axis is a row, what lies behind it goes along. */
export function concat(inputs: readonly (readonly [Float64Array, Shape])[], axis: number): Float64Array {
  const rows = sizeOf(inputs[0][1].slice(0, axis));
  const y: number[] = [];
  for (let row = 0; row < rows; row++)
    for (const [x] of inputs) y.push(...x.subarray((row * x.length) / rows, ((row + 1) * x.length) / rows));
  return Float64Array.from(y);
}

/** Places `start` to `start + size` of an axis. */
export function slice(
  x: Float64Array,
  shape: Shape,
  axis: number,
  start: number,
  size: number,
): Float64Array {
  const [places, inner] = [shape[axis], sizeOf(shape.slice(axis + 1))];
  return x.filter((_, i) => {
    const place = Math.floor(i / inner) % places;
    return place >= start && place < start + size;
  });
}
