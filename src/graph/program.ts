/** A compiled graph: pipelines, planned buffers and bind groups, ready to be encoded again and again. */
import { WgraftError } from "../errors.js";
import type { Device } from "../kernels/device.js";
import type { Launch, Operand, Value } from "../kernels/op.js";
import { settle } from "../kernels/wait.js";
import { byteLengthOf, formatSpec, type TensorData } from "../tensor.js";
import type { Graph } from "./graph.js";
import { lower, type Lowered, type Step } from "./lower.js";
import { mutatedInputs } from "./passes.js";
import { planBuffers, type BufferPlan } from "./plan.js";
import type { Variable } from "./variable.js";

/** One dispatch, bound and ready. */
export interface Dispatch {
  readonly launch: Launch;
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly step: Step;
}

/** Values fed to a run, by input name. */
export type Feeds = Readonly<Record<string, TensorData>>;

/** Bytes on the GPU, by what they are for. */
export interface MemoryUse {
  readonly variables: number;
  readonly inputs: number;
  readonly intermediates: number;
  readonly total: number;
}

/**
 * Compiles a graph for a device: lowers its nodes, plans its memory, compiles every pipeline (in parallel), allocates
 * and binds. Nothing of that happens again when the program runs.
 *
 * @param outputs values to be fetched after a run, by name; nodes that neither these nor a variable's update need are
 *   dropped
 * @throws WgraftError `out-of-memory` when a buffer does not fit the adapter
 */
export async function compile(
  device: Device,
  graph: Graph,
  outputs: Readonly<Record<string, Value>>,
): Promise<Program> {
  device.check();
  const wanted = Object.values(outputs);
  const lowered = lower(graph, wanted, device.caps);
  const launches = lowered.steps.flatMap((step) => step.launches.map((launch) => ({ launch, step })));
  const used = new Set(lowered.steps.flatMap((s) => s.node.inputs.map((v) => lowered.slotOf(v))));
  for (const output of wanted) used.add(lowered.slotOf(output));
  const variables = [...graph.variables].filter(([, value]) => used.has(value.id));
  const pinned = new Set([...graph.inputs.values(), ...graph.variables.values()].map((v) => v.id));
  const plan = planBuffers(lowered, wanted, pinned);
  checkBindings(device, launches);
  const pipelines = await settle(Promise.all(launches.map(({ launch }) => device.pipelines.get(launch))));

  return device.guarded("allocating the program's buffers", () => {
    const planned = plan.sizes.map((bytes, i) => device.storageBuffer(bytes, `planned ${i}`));
    const inputs = new Map(
      [...graph.inputs].map(([name, v]) => [
        name,
        { spec: v, buffer: device.storageBuffer(byteLengthOf(v), name) },
      ]),
    );
    const buffers = new Map<number, GPUBuffer>();
    for (const [name, value] of graph.inputs) buffers.set(value.id, inputs.get(name)!.buffer);
    for (const [variable, value] of variables) buffers.set(value.id, variable.bufferOn(device));
    for (const [slot, index] of plan.placement) buffers.set(slot, planned[index]);
    const dispatches = launches.map(({ launch, step }, i) => ({
      launch,
      step,
      pipeline: pipelines[i],
      bindGroup: bind(device, launch, buffers),
    }));
    const results = new Map(
      Object.entries(outputs).map(([name, v]) => [
        name,
        { spec: v, buffer: buffers.get(lowered.slotOf(v))! },
      ]),
    );
    const state = variables.map(([variable]) => variable);
    return new Program(device, dispatches, planned, inputs, results, plan, state, lowered);
  });
}

/** A binding over the adapter's limit is named before Dawn refuses it. */
function checkBindings(device: Device, launches: readonly { launch: Launch; step: Step }[]): void {
  const limit = device.caps.maxStorageBufferBindingSize;
  for (const { launch, step } of launches) {
    for (const arg of launch.args) {
      const bytes = boundBytes(arg);
      if (bytes <= limit) continue;
      throw new WgraftError(
        "out-of-memory",
        `${step.node.op.name}${step.node.scope ? ` (layer ${step.node.scope})` : ""}: ${formatSpec(arg)} takes ${bytes} bytes, ` +
          `this adapter binds at most ${limit}; use a smaller batch`,
        { op: step.node.op.name, expected: limit, got: bytes },
      );
    }
  }
}

function boundBytes(arg: Operand): number {
  return arg.byteLength ?? Math.ceil(byteLengthOf(arg) / 4) * 4 - (arg.byteOffset ?? 0);
}

function bind(device: Device, launch: Launch, buffers: ReadonlyMap<number, GPUBuffer>): GPUBindGroup {
  return device.gpu.createBindGroup({
    label: launch.kernel.name,
    layout: device.pipelines.bindGroupLayout(launch.kernel.access),
    entries: launch.args.map((arg, binding) => ({
      binding,
      // The size is the tensor's, not the shared buffer's: bounds checks then guard the tensor.
      resource: {
        buffer: buffers.get(arg.slot)!,
        offset: arg.byteOffset ?? 0,
        size: Math.max(4, boundBytes(arg)),
      },
    })),
  });
}

interface Bound {
  readonly spec: Value;
  readonly buffer: GPUBuffer;
}

export class Program {
  constructor(
    readonly device: Device,
    readonly dispatches: readonly Dispatch[],
    private readonly planned: readonly GPUBuffer[],
    private readonly inputs: ReadonlyMap<string, Bound>,
    private readonly outputs: ReadonlyMap<string, Bound>,
    readonly plan: BufferPlan,
    readonly variables: readonly Variable[],
    private readonly lowered: Lowered,
  ) {}

  /**
   * Uploads the feeds and submits one run; returns at once. The feeds may be reused when it does.
   * An input that is left out keeps its last value.
   */
  submit(feeds: Feeds = {}): void {
    this.device.check();
    this.upload(feeds);
    const encoder = this.device.gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const { pipeline, bindGroup, launch } of this.dispatches) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(...launch.workgroups);
    }
    pass.end();
    this.device.gpu.queue.submit([encoder.finish()]);
  }

  /**
   * Reads outputs of the last submitted run. The copy is queued before this returns, so more runs may be submitted
   * while the promise is pending.
   */
  fetch(): Promise<Record<string, TensorData>> {
    const { gpu } = this.device;
    const encoder = gpu.createCommandEncoder();
    const staged = [...this.outputs].map(([name, { spec, buffer }]) => {
      const size = Math.max(4, Math.ceil(byteLengthOf(spec) / 4) * 4);
      const staging = gpu.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
      encoder.copyBufferToBuffer(buffer, 0, staging, 0, size);
      return { name, spec, staging };
    });
    gpu.queue.submit([encoder.finish()]);
    const reads = staged.map(async ({ name, spec, staging }) => {
      const bytes = await this.device.take(staging, byteLengthOf(spec));
      const array = { float32: Float32Array, uint32: Uint32Array, uint8: Uint8Array }[spec.dtype];
      return [name, new array(bytes)] as const;
    });
    return Promise.all(reads).then((entries) => Object.fromEntries(entries));
  }

  /** Submits and fetches. */
  run(feeds: Feeds = {}): Promise<Record<string, TensorData>> {
    this.submit(feeds);
    return this.fetch();
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

  get memory(): MemoryUse {
    const variables = this.variables.reduce((n, v) => n + v.byteLength, 0);
    const inputs = [...this.inputs.values()].reduce((n, { buffer }) => n + buffer.size, 0);
    return { variables, inputs, intermediates: this.plan.bytes, total: variables + inputs + this.plan.bytes };
  }

  /**
   * Nanoseconds of GPU time of each dispatch in one run, in order. Each dispatch gets a pass of its own, so the sum is
   * a little more than what a run takes.
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
    this.dispatches.forEach(({ pipeline, bindGroup, launch }, i) => {
      const timestampWrites = { querySet, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 };
      const pass = encoder.beginComputePass({ timestampWrites });
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(...launch.workgroups);
      pass.end();
    });
    encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
    gpu.queue.submit([encoder.finish()]);
    const stamps = new BigUint64Array(await this.device.read(resolved, 8 * count));
    querySet.destroy();
    resolved.destroy();
    return this.dispatches.map((_, i) => Number(stamps[2 * i + 1] - stamps[2 * i]));
  }

  /** Frees the program's buffers. Variables stay. */
  destroy(): void {
    for (const buffer of this.planned) buffer.destroy();
    for (const { buffer } of this.inputs.values()) buffer.destroy();
  }

  /** The plan, a line per dispatch: where it writes, from what, how it is launched. */
  toString(): string {
    const { memory, plan, lowered } = this;
    const place = (operand: Operand) => {
      const index = plan.placement.get(operand.slot);
      return index === undefined ? `%${operand.slot}` : `b${index}`;
    };
    const lines = lowered.steps.flatMap(({ node, launches }) =>
      launches.map((l) => {
        const written = mutatedInputs(node).length > 0 ? " (in place)" : "";
        const args = l.args.map((a) => `${place(a)}:${formatSpec(a)}`).join(", ");
        return `${node.scope || "-"} ${node.op.name} ${l.kernel.name}[${l.workgroups.join("×")}](${args})${written}`;
      }),
    );
    const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
    const head =
      `${this.dispatches.length} dispatches; variables ${mib(memory.variables)}, inputs ${mib(memory.inputs)}, ` +
      `intermediates ${mib(plan.bytes)} in ${plan.sizes.length} buffers (${mib(plan.bytesUnshared)} unshared)`;
    return [head, ...lines].join("\n");
  }

  private upload(feeds: Feeds): void {
    for (const [name, values] of Object.entries(feeds)) {
      const input = this.inputs.get(name);
      if (!input) throw new WgraftError("internal", `the program has no input ${name}`);
      if (values.byteLength !== byteLengthOf(input.spec)) {
        throw new WgraftError(
          "shape",
          `input ${name}: expected ${formatSpec(input.spec)}, got ${values.length} values`,
        );
      }
      this.device.write(input.buffer, values);
    }
  }
}
