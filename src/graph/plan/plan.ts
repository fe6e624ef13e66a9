/** The memory plan: which values share a buffer. Interval colouring over the order of execution. */
import type { Value } from "../../kernels/op.js";
import { storageBytesOf, type TensorSpec } from "../../tensor.js";
import type { Lowered, Step } from "./lower.js";

export interface BufferPlan {
  /** Bytes of each planned buffer. */
  readonly sizes: readonly number[];
  /** Slot → index of its planned buffer. Inputs and variables are not in here: they have their own buffers. */
  readonly placement: ReadonlyMap<number, number>;
  /** Bytes of intermediates, all planned buffers together. */
  readonly bytes: number;
  /** What the intermediates would take without sharing. */
  readonly bytesUnshared: number;
  /** The step with the most intermediates alive, and their bytes; undefined for a program without steps. */
  readonly peak: { readonly step: Step; readonly bytes: number } | undefined;
}

/** A value that needs a place, from the step that writes it to the last one that reads it, both included. */
interface Interval {
  readonly slot: number;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/**
 * Places every intermediate: the largest first, each in the buffer whose free time it fills most tightly, else in a new
 * one ("greedy by size", Pisarchyk and Lee, Efficient Memory Management for Deep Neural Net Inference, 2020). As the
 * largest come first, no buffer has to grow.
 *
 * A buffer is bound whole and either read or written within one dispatch (WebGPU forbids both, even on disjoint
 * ranges), so sharing is between buffers, never between ranges of one.
 *
 * @param outputs kept to the end of the program
 * @param pinned slots that own a buffer already (inputs, variables, what is kept of these)
 */
export function planBuffers(
  lowered: Lowered,
  outputs: readonly Value[],
  pinned: ReadonlySet<number>,
): BufferPlan {
  const intervals = intervalsOf(lowered, outputs, pinned);
  const buffers: { readonly bytes: number; readonly held: Interval[] }[] = [];
  const placement = new Map<number, number>();
  for (const interval of [...intervals].sort((a, b) => b.bytes - a.bytes || a.first - b.first)) {
    let best: { index: number; gap: number } | undefined;
    for (const [index, { held }] of buffers.entries()) {
      const gap = gapAround(interval, held);
      if (gap !== undefined && (!best || gap < best.gap)) best = { index, gap };
    }
    const index = best?.index ?? buffers.push({ bytes: interval.bytes, held: [] }) - 1;
    buffers[index].held.push(interval);
    placement.set(interval.slot, index);
  }
  const sum = (items: readonly { readonly bytes: number }[]) => items.reduce((n, { bytes }) => n + bytes, 0);
  return {
    sizes: buffers.map(({ bytes }) => bytes),
    placement,
    bytes: sum(buffers),
    bytesUnshared: sum(intervals),
    peak: peakOf(lowered.steps, intervals),
  };
}

/** Steps that a buffer stays idle around an interval, between its neighbours there; undefined where they overlap. */
function gapAround({ first, last }: Interval, held: readonly Interval[]): number | undefined {
  let [before, after] = [-1, Infinity];
  for (const other of held) {
    if (other.first <= last && first <= other.last) return undefined;
    if (other.last < first) before = Math.max(before, other.last);
    else after = Math.min(after, other.first);
  }
  return Math.min(first - before, after - last);
}

/** In the order in which they are written. */
function intervalsOf(
  lowered: Lowered,
  outputs: readonly Value[],
  pinned: ReadonlySet<number>,
): readonly Interval[] {
  const lastUse = lastUses(lowered, outputs);
  const intervals = new Map<number, Interval>();
  lowered.steps.forEach(({ node, launches, scratch, derived }, time) => {
    const add = (slot: number, spec: TensorSpec, last: number) => {
      if (pinned.has(slot) || intervals.has(slot)) return;
      intervals.set(slot, { slot, bytes: storageBytesOf(spec), first: time, last });
    };
    const bound = new Set(launches.flatMap((l) => l.args.map((a) => a.slot)));
    for (const output of node.outputs) {
      const slot = lowered.slotOf(output);
      if (bound.has(slot)) add(slot, output, lastUse.get(slot) ?? time);
    }
    for (const operand of [...scratch, ...derived]) add(operand.slot, operand, time);
  });
  return [...intervals.values()];
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

function peakOf(steps: readonly Step[], intervals: readonly Interval[]): BufferPlan["peak"] {
  const changes = new Float64Array(steps.length + 1);
  for (const { first, last, bytes } of intervals) {
    changes[first] += bytes;
    if (last < steps.length) changes[last + 1] -= bytes;
  }
  let peak: BufferPlan["peak"];
  let alive = 0;
  steps.forEach((step, time) => {
    alive += changes[time];
    if (!peak || alive > peak.bytes) peak = { step, bytes: alive };
  });
  return peak;
}
