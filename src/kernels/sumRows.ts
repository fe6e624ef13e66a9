/** Sums over rows, as a tree: parallel, the same on every run, and of an error that grows with the logarithm of the rows. */
import linearIndex from "../../wgsl/common/linear_index.wgsl";
import sumStridedSource from "../../wgsl/sum_strided.wgsl";
import { byteLengthOf } from "../tensor.js";
import { elementPrelude, elementType, lanesOf, WORKGROUP_SIZE } from "./launchUnits.js";
import { float32, linearWorkgroups, sliceBytes, type Kernel, type LowerContext, type Operand } from "./op.js";
import { alignedUnits, bindingRanges } from "./ranges.js";

const sumStridedKernel: Kernel = {
  name: "sum_strided",
  source: linearIndex + sumStridedSource,
  access: ["read_write", "read"],
};

/** Rows that one invocation adds one after the other. */
const ROWS_PER_SUM = 128;

export interface SumOptions {
  /** Multiplies the result. Default 1. */
  readonly factor?: number;
  /** Sums the squares of x instead. Default false. */
  readonly square?: boolean;
}

/** y [channels] = factor · Σ over rows of x, taken as [rows, channels]. */
export function sumRows(
  ctx: LowerContext,
  op: string,
  x: Operand,
  y: Operand,
  rows: number,
  channels: number,
  { factor = 1, square = false }: SumOptions = {},
): void {
  const rowBytes = 4 * channels;
  const ranges = bindingRanges(op, ctx.caps, rows, [rowBytes]);
  // The partial sums of every range start at an aligned row, too: they are bound one range at a time.
  const alignment = alignedUnits(rowBytes);
  const sumsOf = (count: number) => Math.ceil(count / ROWS_PER_SUM / alignment) * alignment;
  const direct = ranges.length === 1 && rows <= ROWS_PER_SUM;
  const partialRows = ranges.reduce((n, range) => n + Math.min(sumsOf(range.count), range.count), 0);
  const partial = direct ? y : ctx.scratch(float32(partialRows, channels));
  let row = 0;
  for (const range of ranges) {
    const sums = direct ? 1 : Math.min(sumsOf(range.count), range.count);
    launchSums(
      ctx,
      sliceBytes(x, range.start * rowBytes, range.count * rowBytes),
      sliceBytes(partial, row * rowBytes, sums * rowBytes),
      { segments: 1, segmentIn: range.count * channels, segmentOut: sums * channels },
      { square, factor: direct ? factor : 1 },
    );
    row += sums;
  }
  if (!direct) sumRows(ctx, op, partial, y, partialRows, channels, { factor });
}

/** y [segments, channels] = factor · Σ over rows of x, taken as [segments, rows, channels]; one sum an invocation. */
export function sumSegments(
  ctx: LowerContext,
  op: string,
  x: Operand,
  y: Operand,
  size: { readonly segments: number; readonly rows: number; readonly channels: number },
  factor: number,
): void {
  const { segments, rows, channels } = size;
  const bytes = [4 * rows * channels, 4 * channels];
  for (const range of bindingRanges(op, ctx.caps, segments, bytes)) {
    launchSums(
      ctx,
      sliceBytes(x, range.start * bytes[0], range.count * bytes[0]),
      sliceBytes(y, range.start * bytes[1], range.count * bytes[1]),
      { segments: range.count, segmentIn: rows * channels, segmentOut: channels },
      { factor },
    );
  }
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
    prelude: elementPrelude(type),
    constants: {
      segment_in: segmentIn / lanes,
      segment_out: segmentOut / lanes,
      factor,
      square: Number(square),
    },
    args: [y, x],
    workgroups: linearWorkgroups((segments * segmentOut) / lanes, WORKGROUP_SIZE, ctx.caps),
    flops: ((square ? 2 : 1) * (x.byteLength ?? byteLengthOf(x))) / 4,
  });
}
