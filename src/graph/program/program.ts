/** A compiled graph: pipelines, planned buffers and bind groups, ready to be encoded again and again. */
import { WgraftError } from "../../errors.js";
import type { Device } from "../../kernels/gpu/device.js";
import type { Launch, Value } from "../../kernels/op.js";
import { arrayOf, byteLengthOf, formatSpec, hostType, type TensorData } from "../../tensor.js";
import { encodeDispatches, type Dispatch } from "./dispatch.js";
import type { MemoryUse } from "../plan/memory.js";
import { mutatedInputs } from "../passes.js";
import { formatPlan } from "../plan/planText.js";
import type { PlannedForm, ProgramPlan } from "../plan/programPlan.js";
import type { Variable, VariableForm } from "../variable.js";

/** Values fed to a run, by input name. */
export type Feeds = Readonly<Record<string, TensorData>>;

/** Where a program's values lie. */
export interface ProgramBuffers {
  /** Shared by the intermediates. */
  readonly planned: readonly GPUBuffer[];
  /** Of the launches; undefined where none has any. */
  readonly params: GPUBuffer | undefined;
  /** By name. */
  readonly inputs: ReadonlyMap<string, GPUBuffer>;
  /** Every slot's: of intermediates, inputs and variables. */
  readonly bySlot: ReadonlyMap<number, GPUBuffer>;
}

interface Bound {
  readonly spec: Value;
  readonly buffer: GPUBuffer;
}

/** A compiled graph, ready to run again and again. Made by `compileGraph`. */
export class Program {
  private readonly inputs: ReadonlyMap<string, Bound>;
  private readonly outputs: ReadonlyMap<string, Bound>;
  /** The forms of variables that each launch leads to. */
  private readonly formsOf: ReadonlyMap<Launch, readonly PlannedForm[]>;
  /** The variables that a run writes. */
  private readonly written: readonly Variable[];
  private holders = 0;
  private isDestroyed = false;

  constructor(
    readonly device: Device,
    readonly plan: ProgramPlan,
    readonly dispatches: readonly Dispatch[],
    private readonly buffers: ProgramBuffers,
  ) {
    const bound = (spec: Value): Bound => ({
      spec,
      buffer: buffers.bySlot.get(plan.lowered.slotOf(spec))!,
    });
    this.inputs = new Map([...plan.inputs].map(([name, spec]) => [name, bound(spec)]));
    this.formsOf = formsByLaunch(plan.forms);
    this.written = writtenVariables(plan);
    this.outputs = new Map([...plan.outputs].map(([name, spec]) => [name, bound(spec)]));
  }

  /** Those of every run; the remaining ones derive values from variables, once per change of these. */
  get recurring(): readonly Dispatch[] {
    return this.dispatches.filter(({ launch }) => this.plan.lowered.recurring.has(launch));
  }

  /**
   * Uploads the feeds and submits one run; returns at once. The feeds may be reused when it does.
   * An omitted input keeps its last value.
   */
  submit(feeds: Feeds = {}): void {
    this.check();
    this.upload(feeds);
    const isDue = this.dueLaunches();
    this.encode(this.dispatches.filter(({ launch }) => isDue(launch)));
    this.noteRun();
  }

  /**
   * Submits what the next run would begin with and that needs no feeds: the forms of variables that are not there yet, or
   * out of date. Returns at once.
   */
  prepare(): void {
    const stale = this.staleForms();
    const due = this.dispatches.filter(({ launch }) => this.formsOf.get(launch)?.some((f) => stale.has(f)));
    if (due.length === 0) return;
    this.encode(due);
    this.noteForms();
  }

  private encode(dispatches: readonly Dispatch[]): void {
    const encoder = this.device.gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    encodeDispatches(pass, dispatches);
    pass.end();
    this.device.gpu.queue.submit([encoder.finish()]);
  }

  /** Separates the launches of every run from those whose results are still cached. */
  private dueLaunches(): (launch: Launch) => boolean {
    const stale = this.staleForms();
    const { recurring } = this.plan.lowered;
    return (launch) =>
      recurring.has(launch) || (this.formsOf.get(launch)?.some((form) => stale.has(form)) ?? false);
  }

  private staleForms(): ReadonlySet<PlannedForm> {
    return new Set(this.plan.forms.filter((form) => !keptForm(form).isCurrent));
  }

  private noteForms(): void {
    for (const form of this.plan.forms) keptForm(form).made();
  }

  private noteRun(): void {
    this.noteForms();
    for (const variable of this.written) variable.changed();
  }

  /**
   * Reads outputs of the last submitted run. The copy is queued before this returns, so more runs may be submitted
   * while the promise is pending.
   */
  fetch(): Promise<Record<string, TensorData>> {
    const { gpu } = this.device;
    const encoder = gpu.createCommandEncoder();
    const staged = [...this.outputs].map(([name, { spec, buffer }]) => {
      return { name, spec, staging: this.device.stage(encoder, buffer, byteLengthOf(spec)) };
    });
    gpu.queue.submit([encoder.finish()]);
    const reads = staged.map(async ({ name, spec, staging }) => {
      const bytes = await this.device.take(staging, byteLengthOf(spec));
      return [name, arrayOf(hostType(`output ${name}`, spec), bytes)] as const;
    });
    return Promise.all(reads).then((entries) => Object.fromEntries(entries));
  }

  /** Submits and fetches. */
  run(feeds: Feeds = {}): Promise<Record<string, TensorData>> {
    this.submit(feeds);
    return this.fetch();
  }

  /** Keeps a cache from destroying the program. @returns to be called, once, when it may again */
  hold(): () => void {
    this.holders++;
    return () => this.holders--;
  }

  get isHeld(): boolean {
    return this.holders > 0;
  }

  hasInput(name: string): boolean {
    return this.inputs.has(name);
  }

  /** The shape of an output. */
  outputSpec(name: string): Value {
    const output = this.outputs.get(name);
    if (!output) throw new WgraftError("internal", `the program has no output ${name}`);
    return output.spec;
  }

  /** Its memory, known from its plan before anything was allocated. */
  get memory(): MemoryUse {
    return this.plan.memory;
  }

  /** The variables that it binds. */
  get variables(): readonly Variable[] {
    return [...this.plan.variables.keys()];
  }

  /**
   * Nanoseconds of GPU time of each dispatch in one run, in order. Each dispatch gets its own pass, so the sum is
   * a little more than what a run takes. What a run would skip, since it is there already, takes 0.
   * @throws WgraftError `not-supported` where the adapter has no timestamp queries
   */
  async profile(feeds: Feeds = {}): Promise<number[]> {
    const { gpu } = this.device;
    if (!gpu.features.has("timestamp-query")) {
      throw new WgraftError("not-supported", "this adapter has no timestamp queries");
    }
    this.upload(feeds);
    const count = 2 * this.dispatches.length;
    const querySet = gpu.createQuerySet({ type: "timestamp", count });
    const resolved = gpu.createBuffer({
      size: 8 * count,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    const encoder = gpu.createCommandEncoder();
    const isDue = this.dueLaunches();
    this.dispatches.forEach((dispatch, i) => {
      const timestampWrites = { querySet, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 };
      const pass = encoder.beginComputePass({ timestampWrites });
      if (isDue(dispatch.launch)) encodeDispatches(pass, [dispatch]);
      pass.end();
    });
    encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
    gpu.queue.submit([encoder.finish()]);
    this.noteRun();
    const stamps = new BigUint64Array(await this.device.read(resolved, 8 * count));
    querySet.destroy();
    resolved.destroy();
    return this.dispatches.map(({ launch }, i) =>
      isDue(launch) ? Number(stamps[2 * i + 1] - stamps[2 * i]) : 0,
    );
  }

  /** Frees the program's buffers. Variables stay. */
  destroy(): void {
    this.isDestroyed = true;
    for (const buffer of this.buffers.planned) buffer.destroy();
    this.buffers.params?.destroy();
    for (const buffer of this.buffers.inputs.values()) buffer.destroy();
  }

  /** The plan, a line per dispatch: where it writes, from what, how it is launched. */
  toString(): string {
    return formatPlan(this.plan);
  }

  private check(): void {
    this.device.check();
    if (!this.isDestroyed) return;
    throw new WgraftError("usage", "the program has been destroyed; ask its model for it again, or hold it");
  }

  private upload(feeds: Feeds): void {
    for (const [name, values] of Object.entries(feeds)) {
      const input = this.inputs.get(name);
      if (!input) throw new WgraftError("internal", `the program has no input ${name}`);
      const room = byteLengthOf(input.spec);
      if (input.spec.isCapacity ? values.byteLength > room : values.byteLength !== room) {
        throw new WgraftError(
          "shape",
          `input ${name}: expected ${formatSpec(input.spec)}, got ${values.length} values`,
        );
      }
      this.device.write(input.buffer, values);
    }
  }
}

/** A form that a program was built with. */
export function keptForm({ sources: [first], name }: PlannedForm): VariableForm {
  return first.form(name)!;
}

function formsByLaunch(forms: readonly PlannedForm[]): Map<Launch, PlannedForm[]> {
  const byLaunch = new Map<Launch, PlannedForm[]>();
  for (const form of forms)
    for (const launch of form.launches) byLaunch.set(launch, [...(byLaunch.get(launch) ?? []), form]);
  return byLaunch;
}

function writtenVariables({ lowered, variables }: ProgramPlan): Variable[] {
  const ids = new Set(
    lowered.steps.flatMap(({ node }) => mutatedInputs(node).map((i) => lowered.slotOf(node.inputs[i]))),
  );
  return [...variables].filter(([, { id }]) => ids.has(id)).map(([variable]) => variable);
}
