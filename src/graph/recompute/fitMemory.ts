/** Plans a program so that it fits a memory budget, with activations computed again where it must. */
import { WgraftError } from "../../errors.js";
import type { DeviceCaps } from "../../kernels/op.js";
import { candidateDrops, worthDropping } from "./checkpoints.js";
import type { Node, Trace } from "../graph.js";
import type { Lowered } from "../plan/lower.js";
import { formatMiB } from "../plan/memory.js";
import {
  planProgram,
  planTrace,
  rewrittenFor,
  type Outputs,
  type ProgramPlan,
  type Recomputation,
} from "../plan/programPlan.js";
import { RecomputePass } from "./recompute.js";

/**
 * The plan of a trace; where that takes more than `budget` bytes, the cheapest one that fits of those that keep fewer
 * activations for the backward pass.
 * @throws WgraftError `out-of-memory` when none fits
 */
export function planWithin(traced: Trace, outputs: Outputs, caps: DeviceCaps, budget: number): ProgramPlan {
  const trace = rewrittenFor(traced, outputs, caps);
  const plain = planTrace(trace, outputs, caps);
  if (plain.memory.total <= budget) return plain;
  let least = plain;
  for (const plan of smallerPlans(trace, outputs, caps, plain)) {
    if (plan.memory.total <= budget) return plan;
    if (plan.memory.total < least.memory.total) least = plan;
  }
  const recomputed =
    least === plain ? "" : `, ${formatMiB(least.memory.total)} with activations computed again`;
  throw new WgraftError(
    "out-of-memory",
    `the program needs ${formatMiB(plain.memory.total)} of GPU memory${recomputed}, over the budget of ` +
      `${formatMiB(budget)}; use a smaller batch, or raise the memory budget`,
    { expected: budget, got: least.memory.total },
  );
}

/** The plan that takes the least, whatever it costs. */
export function leastPlan(traced: Trace, outputs: Outputs, caps: DeviceCaps): ProgramPlan {
  const trace = rewrittenFor(traced, outputs, caps);
  const plain = planTrace(trace, outputs, caps);
  return [...smallerPlans(trace, outputs, caps, plain)].reduce(
    (least, plan) => (plan.memory.total < least.memory.total ? plan : least),
    plain,
  );
}

/** What was done about the memory, for people; `why` says what for. */
export function describeRecomputation(
  total: number,
  { plainTotal, checkpoints }: Recomputation,
  why: string,
): string {
  return (
    `planned ${formatMiB(plainTotal)} of GPU memory, ${why}; recomputing activations from ${checkpoints} ` +
    `checkpoints, now ${formatMiB(total)}`
  );
}

/**
 * Plans that recompute, from the cheapest to the most expensive; only those that take less than the plain one.
 * @param trace rewritten, so that what is fused is dropped and computed again as one; what recomputing makes possible (a
 *   pooling whose places of maxima only the second run needs) is rewritten once more
 */
function* smallerPlans(
  trace: Trace,
  outputs: Outputs,
  caps: DeviceCaps,
  plain: ProgramPlan,
): Generator<ProgramPlan> {
  const pass = new RecomputePass(trace, Object.values(outputs));
  const kept = worthDropping(pass.kept);
  const flopsOf = flopsByNode(plain.lowered);
  const choices = candidateDrops(kept).map((dropped) => {
    const changed = pass.without(dropped);
    const originals = changed.nodes.flatMap(({ original }) => original ?? []).filter(({ op }) => !op.alias);
    const flops = originals.reduce((sum, node) => sum + (flopsOf.get(node) ?? 0), 0);
    return { changed, nodes: originals.length, flops, checkpoints: kept.length - dropped.size };
  });
  choices.sort((a, b) => a.flops - b.flops || a.nodes - b.nodes);
  const plainTotal = plain.memory.total;
  for (const { changed, ...costs } of choices) {
    const plan = planProgram(changed, outputs, caps);
    if (plan.memory.total < plainTotal) yield { ...plan, recomputation: { ...costs, plainTotal } };
  }
}

function flopsByNode({ steps }: Lowered): Map<Node, number> {
  return new Map(
    steps.map(({ node, launches }) => [node, launches.reduce((sum, { flops }) => sum + (flops ?? 0), 0)]),
  );
}
