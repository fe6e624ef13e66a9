/** The memory plan: which values share a buffer. Interval colouring over the order of execution. */
import type { Value } from "../kernels/op.js";
import { storageBytesOf, type TensorSpec } from "../tensor.js";
import type { Lowered, Step } from "./lower.js";

export interface BufferPlan {
  /** Bytes of each planned buffer. */
  readonly sizes: readonly number[];
  /** Slot → index of its planned buffer. Inputs and variables are not in here: they have buffers of their own. */
  readonly placement: ReadonlyMap<number, number>;
  /** Bytes of intermediates, all planned buffers together. */
  readonly bytes: number;
  /** What the intermediates would take without sharing. */
  readonly bytesUnshared: number;
  /** The step with the most intermediates alive, and their bytes; undefined for a program without steps. */
  readonly peak: { readonly step: Step; readonly bytes: number } | undefined;
}

/**
 * Places every intermediate. A buffer is bound whole and either read or written within one dispatch (WebGPU forbids
 * both, even on disjoint ranges), so sharing is between buffers, never between ranges of one.
 *
 * @param outputs kept to the end of the program
 * @param pinned slots that own a buffer already (inputs, variables)
 */
export function planBuffers(
  lowered: Lowered,
  outputs: readonly Value[],
  pinned: ReadonlySet<number>,
): BufferPlan {
  const lastUse = lastUses(lowered, outputs);
  const sizes: number[] = [];
  const free = new Set<number>();
  const placement = new Map<number, number>();
  const live = new Map<number, number>();
  let [bytesUnshared, liveBytes] = [0, 0];
  let peak: BufferPlan["peak"];

  const place = (slot: number, spec: TensorSpec) => {
    if (pinned.has(slot) || placement.has(slot)) return;
    const need = storageBytesOf(spec);
    bytesUnshared += need;
    live.set(slot, need);
    liveBytes += need;
    const buffer = bestFit(sizes, free, need) ?? sizes.push(0) - 1;
    free.delete(buffer);
    sizes[buffer] = Math.max(sizes[buffer] ?? 0, need);
    placement.set(slot, buffer);
  };
  const freeSlot = (slot: number) => {
    const buffer = placement.get(slot);
    if (buffer === undefined || !live.has(slot)) return;
    free.add(buffer);
    liveBytes -= live.get(slot)!;
    live.delete(slot);
  };

  lowered.steps.forEach((step, time) => {
    const bound = new Map(step.launches.flatMap((l) => l.args.map((a) => [a.slot, a] as const)));
    for (const output of step.node.outputs) {
      if (bound.has(lowered.slotOf(output))) place(lowered.slotOf(output), output);
    }
    for (const operand of step.scratch) place(operand.slot, operand);
    if (!peak || liveBytes > peak.bytes) peak = { step, bytes: liveBytes };
    for (const operand of step.scratch) freeSlot(operand.slot);
    for (const slot of new Set([...step.node.inputs, ...step.node.outputs].map((v) => lowered.slotOf(v)))) {
      if ((lastUse.get(slot) ?? time) <= time) freeSlot(slot);
    }
  });
  return { sizes, placement, bytes: sizes.reduce((a, b) => a + b, 0), bytesUnshared, peak };
}

/** The time of the last step that reads each slot; outputs live for ever. */
function lastUses(lowered: Lowered, outputs: readonly Value[]): Map<number, number> {
  const last = new Map<number, number>();
  lowered.steps.forEach((step, time) => {
    for (const input of step.node.inputs) last.set(lowered.slotOf(input), time);
  });
  for (const output of outputs) last.set(lowered.slotOf(output), Infinity);
  return last;
}

/** The smallest free buffer that holds `need`, else the largest one, which then grows. */
function bestFit(sizes: readonly number[], free: ReadonlySet<number>, need: number): number | undefined {
  let best: number | undefined;
  for (const candidate of free) {
    if (best === undefined) best = candidate;
    const [size, bestSize] = [sizes[candidate] ?? 0, sizes[best] ?? 0];
    const better = size >= need ? bestSize < need || size < bestSize : bestSize < need && size > bestSize;
    if (better) best = candidate;
  }
  return best;
}
