/** Sums over rows, as a tree: parallel, the same on every run, and of an error that grows with the logarithm of the rows. */
import sumStridedSource from "../../../wgsl/shape/sum_strided.wgsl";
import { elementKernel } from "../common/elementKernel.js";
import { elementPrelude, elementType, lanesOf, storedType, WORKGROUP_SIZE } from "../common/launchUnits.js";
import { float32, linearWorkgroups, type LowerContext, type Operand } from "../op.js";
import { alignedUnits, bindingRanges, bytesPer, sliceRange } from "../common/ranges.js";

const sumStridedKernel = elementKernel("sum_strided", sumStridedSource, 1, ["segment_in", "segment_out"]);

/** Rows that one invocation adds one after the other. */
const ROWS_PER_SUM = 128;

export interface SumOptions {
  /** Multiplies the result. Default 1. */
  readonly factor?: number;
  /** Sums the squares of x instead. Default false. */
  readonly square?: boolean;
}

/** y [channels], float32, = factor · Σ over rows of x, taken as [rows, channels]. */
export function sumRows(
  ctx: LowerContext,
  op: string,
  x: Operand,
  y: Operand,
  rows: number,
  channels: number,
  { factor = 1, square = false }: SumOptions = {},
): void {
  const ranges = bindingRanges(op, ctx.caps, rows, [bytesPer(x, rows)]);
  // The partial sums of every range start at an aligned row, too: they are bound one range at a time.
  const alignment = alignedUnits(4 * channels);
  const sumsOf = (count: number) => Math.ceil(count / ROWS_PER_SUM / alignment) * alignment;
  const direct = ranges.length === 1 && rows <= ROWS_PER_SUM;
  const partialRows = ranges.reduce((n, range) => n + Math.min(sumsOf(range.count), range.count), 0);
  const partial = direct ? y : ctx.scratch(float32(partialRows, channels));
  let row = 0;
  for (const range of ranges) {
    const sums = direct ? 1 : Math.min(sumsOf(range.count), range.count);
    launchSums(
      ctx,
      sliceRange(x, range, rows),
      direct ? y : sliceRange(partial, { start: row, count: sums }, partialRows),
      { segments: 1, segmentIn: range.count * channels, segmentOut: sums * channels },
      { square, factor: direct ? factor : 1 },
    );
    row += sums;
  }
  if (!direct) sumRows(ctx, op, partial, y, partialRows, channels, { factor });
}

/** A tensor taken as [segments, rows, channels]. */
export interface SegmentSize {
  readonly segments: number;
  readonly rows: number;
  readonly channels: number;
}

/** y [segments, channels] = factor · Σ over rows of x, taken as [segments, rows, channels]. */
export function sumSegments(
  ctx: LowerContext,
  op: string,
  x: Operand,
  y: Operand,
  { segments, rows, channels }: SegmentSize,
  factor: number,
): void {
  if (segments === 1) {
    sumRows(ctx, op, x, y, rows, channels, { factor });
    return;
  }
  const direct = rows <= ROWS_PER_SUM;
  const sums = direct ? 1 : Math.ceil(rows / ROWS_PER_SUM);
  const to = direct ? y : ctx.scratch(float32(segments, sums, channels));
  for (const range of bindingRanges(op, ctx.caps, segments, [
    bytesPer(x, segments),
    bytesPer(to, segments),
  ])) {
    launchSums(
      ctx,
      sliceRange(x, range, segments),
      sliceRange(to, range, segments),
      { segments: range.count, segmentIn: rows * channels, segmentOut: sums * channels },
      { factor: direct ? factor : 1 },
    );
  }
  if (!direct) sumSegments(ctx, op, to, y, { segments, rows: sums, channels }, factor);
}

function launchSums(
  ctx: LowerContext,
  x: Operand,
  y: Operand,
  { segments, segmentIn, segmentOut }: { segments: number; segmentIn: number; segmentOut: number },
  { factor = 1, square = false }: SumOptions,
): void {
  const type = elementType(segmentIn, segmentOut);
  const lanes = lanesOf(type);
  ctx.launch({
    kernel: sumStridedKernel,
    prelude: `${elementPrelude(type, y.dtype)}\nalias StoredX = ${storedType(type, x.dtype)};`,
    constants: { factor, square: Number(square) },
    params: { segment_in: segmentIn / lanes, segment_out: segmentOut / lanes },
    args: [y, x],
    workgroups: linearWorkgroups((segments * segmentOut) / lanes, WORKGROUP_SIZE, ctx.caps),
    flops: (square ? 2 : 1) * segments * segmentIn,
  });
}
