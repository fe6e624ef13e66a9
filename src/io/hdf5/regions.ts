import { sizeOf } from "../../tensor.js";

/** A block of an array: a range along each axis. */
export interface Region {
  readonly offset: readonly number[];
  readonly count: readonly number[];
}

/** All of an array, or some of its rows: `[start, end)` along axis 0. */
export function regionOf(shape: readonly number[], rows?: readonly [number, number]): Region {
  const offset = shape.map(() => 0);
  if (!rows) return { offset, count: shape };
  return { offset: [rows[0], ...offset.slice(1)], count: [rows[1] - rows[0], ...shape.slice(1)] };
}

/** Cuts a region into regions of at most `maxCount` elements, each contiguous in C order within it, in that order. */
export function* cut({ offset, count }: Region, maxCount: number): Generator<Region> {
  const size = sizeOf(count);
  if (size === 0) return;
  const [rows, ...rest] = count;
  if (rows === undefined || size <= maxCount) {
    yield { offset, count };
    return;
  }
  const [first, ...restOffset] = offset;
  const rowsAtOnce = Math.floor(maxCount / sizeOf(rest));
  for (let row = 0; row < rows; row += Math.max(rowsAtOnce, 1)) {
    if (rowsAtOnce > 0) {
      yield { offset: [first + row, ...restOffset], count: [Math.min(rowsAtOnce, rows - row), ...rest] };
      continue;
    }
    for (const inner of cut({ offset: restOffset, count: rest }, maxCount))
      yield { offset: [first + row, ...inner.offset], count: [1, ...inner.count] };
  }
}
