import broadcastSource from "../../../wgsl/shape/broadcast_strided.wgsl";
import { elementKernel } from "../common/elementKernel.js";
import { elementPrelude, elementType, lanesOf, launchUnits } from "../common/launchUnits.js";
import type { LowerContext, Operand } from "../op.js";
import type { SegmentSize } from "./sumRows.js";

const broadcastKernel = elementKernel("broadcast_strided", broadcastSource, 1);

/** y [segments, rows, channels] = factor · x [segments, channels] in every row; the gradient of `sumSegments`. */
export function broadcastSegments(
  ctx: LowerContext,
  op: string,
  x: Operand,
  y: Operand,
  { segments, rows, channels }: SegmentSize,
  factor: number,
): void {
  const type = elementType(channels);
  const lanes = lanesOf(type);
  const segment = (rows * channels) / lanes;
  launchUnits(ctx, {
    op,
    kernel: broadcastKernel,
    units: segments,
    walked: [y, x],
    prelude: elementPrelude(type, y.dtype),
    constants: { segment_in: channels / lanes, segment_out: segment, factor },
    invocationsPerUnit: segment,
  });
}
