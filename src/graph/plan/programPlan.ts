/** Everything about a program that is decided before a GPU is touched: its launches, its buffers, its memory. */
import { WgraftError } from "../../errors.js";
import type { DeviceCaps, Launch, Operand, Value } from "../../kernels/op.js";
import { formatSpec, hostType, storageBytesOf, type TensorSpec } from "../../tensor.js";
import type { Kept } from "./constants.js";
import type { Trace } from "../graph.js";
import { lower, type Lowered, type Step } from "./lower.js";
import { memoryUse, type MemoryUse } from "./memory.js";
import { liveNodes, withEarlyWrites } from "../passes.js";
import { planParams, type ParamsPlan } from "./params.js";
import { planBuffers, type BufferPlan } from "./plan.js";
import { rewritten } from "../rules/rewrite.js";
import { rules } from "../rules/index.js";
import type { Variable } from "../variable.js";

/** Values to be fetched after a run, by name. */
export type Outputs = Readonly<Record<string, Value>>;

export interface ProgramPlan {
  readonly lowered: Lowered;
  readonly buffers: BufferPlan;
  readonly inputs: ReadonlyMap<string, Value>;
  readonly outputs: ReadonlyMap<string, Value>;
  /** Those that the program binds. */
  readonly variables: ReadonlyMap<Variable, Value>;
  /** What is kept that is made of variables, each once. */
  readonly forms: readonly PlannedForm[];
  readonly params: ParamsPlan;
  /** The program's memory, to the byte. */
  readonly memory: MemoryUse;
  /** Present where activations are computed again in the backward pass to save memory. */
  readonly recomputation?: Recomputation;
}

/** What is made of variables when one of them has changed. */
export interface PlannedForm {
  readonly sources: readonly Variable[];
  readonly name: string;
  readonly spec: TensorSpec;
  /** Slots that stand for it. */
  readonly slots: readonly number[];
  /** All that lead from the variables to it; two forms may share some. */
  readonly launches: ReadonlySet<Launch>;
}

/** What was done to make a program fit. */
export interface Recomputation {
  /** Activations that the backward pass reads and that were kept. */
  readonly checkpoints: number;
  /** Nodes that run once more. */
  readonly nodes: number;
  /** What they cost, in floating-point operations. */
  readonly flops: number;
  /** Bytes of the program without it. */
  readonly plainTotal: number;
}

/**
 * Rewrites a trace by the rules, lowers it and plans its memory. Needs nothing of the device but its caps.
 *
 * @param outputs nodes that neither these nor a variable's update need are dropped
 * @throws WgraftError `out-of-memory` when a tensor is too large to be bound, `not-supported` for float16 where the
 *   adapter has none, or as an output
 */
export function planProgram(trace: Trace, outputs: Outputs, caps: DeviceCaps): ProgramPlan {
  return planTrace(rewrittenFor(trace, outputs, caps), outputs, caps);
}

/** The trace as the rules leave it. */
export function rewrittenFor(trace: Trace, outputs: Outputs, caps: DeviceCaps): Trace {
  const applied = rules.filter(({ name }) => caps.rules?.includes(name) ?? true);
  return rewritten(trace, Object.values(outputs), applied);
}

/** Plans a trace as it stands: see `planProgram`. */
export function planTrace(trace: Trace, outputs: Outputs, caps: DeviceCaps): ProgramPlan {
  const wanted = Object.values(outputs);
  for (const [name, value] of Object.entries(outputs)) hostType(`output ${name}`, value);
  const nodes = withEarlyWrites(liveNodes(trace, wanted));
  const lowered = lower(nodes, wanted, trace.variables, caps);
  const forms = formsOf(lowered.kept);
  checkBindings(lowered.steps, caps.maxStorageBufferBindingSize);
  const used = new Set(lowered.steps.flatMap((s) => s.node.inputs.map((v) => lowered.slotOf(v))));
  for (const output of wanted) used.add(lowered.slotOf(output));
  const variables = new Map([...trace.variables].filter(([, value]) => used.has(value.id)));
  const pinned = new Set([
    ...[...trace.inputs.values(), ...trace.variables.values()].map((v) => v.id),
    ...forms.flatMap(({ slots }) => slots),
  ]);
  const buffers = planBuffers(lowered, wanted, pinned);
  const params = planParams(launchesOf(lowered.steps).map(({ launch }) => launch));
  return {
    lowered,
    buffers,
    inputs: trace.inputs,
    outputs: new Map(Object.entries(outputs)),
    variables,
    forms,
    params,
    memory: memoryUse(
      {
        variables: [...variables.values()],
        derived: forms.map(({ spec }) => spec),
        inputs: [...trace.inputs.values()],
      },
      params.words.byteLength,
      buffers,
    ),
  };
}

function formsOf(kept: readonly Kept[]): PlannedForm[] {
  const forms = new Map<string, PlannedForm & { slots: number[]; launches: Set<Launch> }>();
  for (const { name, sources, slot, launches, shape, dtype } of kept) {
    const form = forms.get(name) ?? {
      sources,
      name,
      spec: { shape, dtype },
      slots: [],
      launches: new Set(),
    };
    form.slots.push(slot);
    for (const launch of launches) form.launches.add(launch);
    forms.set(name, form);
  }
  return [...forms.values()];
}

/** Bytes that a launch binds of an operand. */
export function boundBytes(arg: Operand): number {
  return arg.byteLength ?? storageBytesOf(arg) - (arg.byteOffset ?? 0);
}

/** The launches of a plan, in order, each with its step. */
export function launchesOf(steps: readonly Step[]): { launch: Launch; step: Step }[] {
  return steps.flatMap((step) => step.launches.map((launch) => ({ launch, step })));
}

/** A binding over the adapter's limit is named before Dawn refuses it. */
function checkBindings(steps: readonly Step[], limit: number): void {
  for (const { launch, step } of launchesOf(steps)) {
    const { op, scope } = step.node;
    const tooLarge = launch.args.find((arg) => boundBytes(arg) > limit);
    if (!tooLarge) continue;
    const bytes = boundBytes(tooLarge);
    throw new WgraftError(
      "out-of-memory",
      `${op.name}${scope ? ` (layer ${scope})` : ""}: ${formatSpec(tooLarge)} takes ${bytes} bytes, ` +
        `this adapter binds at most ${limit}; use a smaller batch`,
      { op: op.name, expected: limit, got: bytes },
    );
  }
}
