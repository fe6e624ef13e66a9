/** Plan → program: pipelines, buffers, bind groups. */
import { WgraftError } from "../errors.js";
import type { Device } from "../kernels/gpu/device.js";
import type { Launch } from "../kernels/op.js";
import { settle } from "../kernels/gpu/wait.js";
import { byteLengthOf, storageBytesOf } from "../tensor.js";
import { describeRecomputation, leastPlan, planWithin } from "./recompute/fitMemory.js";
import type { Trace } from "./graph.js";
import { formatMiB } from "./plan/memory.js";
import type { ParamsPlan } from "./plan/params.js";
import { keptForm, Program } from "./program/program.js";
import { boundBytes, launchesOf, type Outputs, type ProgramPlan } from "./plan/programPlan.js";
import { Variable } from "./variable.js";

/**
 * Compiles a graph for a device: lowers its nodes, plans its memory, compiles every pipeline (in parallel), allocates
 * and binds. Nothing of that happens again when the program runs.
 *
 * Where a node can be launched in several ways, the device's choices decide: nothing is measured here.
 *
 * A backward pass that would take more than the device's memory budget, or more than there turns out to be, computes
 * activations again in place of keeping them; the device's note says so.
 *
 * @param outputs values to be fetched after a run, by name; nodes that neither these nor a variable's update need are
 *   dropped
 * @throws WgraftError `out-of-memory` when it does not fit the adapter or the budget even so
 * @example
 * const graph = new Graph();
 * const image = graph.input("image", { shape: [1, 2, 2, 1], dtype: "float32" });
 * const mean = graph.add(ops.globalAveragePool2d, [image], {});
 * const device = await createDevice();
 * const program = await compileGraph(device, graph, { mean });
 * console.log((await program.run({ image: Float32Array.of(3, 1, 4, 2) })).mean); // Float32Array(1) [ 2.5 ]
 * device.destroy();
 */
export async function compile(device: Device, graph: Trace, outputs: Outputs): Promise<Program> {
  device.check();
  const plan = planWithin(graph, outputs, device.caps, device.memoryBudget);
  noteKernels(device, plan);
  noteRecomputation(device, plan, `over the budget of ${formatMiB(device.memoryBudget)}`);
  try {
    return await build(device, plan);
  } catch (error) {
    if (!(error instanceof WgraftError) || error.code !== "out-of-memory") throw error;
    const least = leastPlan(graph, outputs, device.caps);
    if (least.memory.total >= plan.memory.total) throw error;
    noteRecomputation(device, least, "more than the GPU has left");
    return build(device, least);
  }
}

function noteRecomputation(device: Device, { memory, recomputation }: ProgramPlan, why: string): void {
  if (recomputation) device.note(describeRecomputation(memory.total, recomputation, why));
}

/** Records what the program launches, for runs that keep a record. */
function noteKernels(device: Device, { lowered }: ProgramPlan): void {
  const invalid = device.choices.launched(lowered.steps.flatMap(({ tunable }) => tunable ?? []));
  if (invalid === 0) return;
  const kernels = invalid === 1 ? "1 recorded kernel does" : `${invalid} recorded kernels do`;
  device.note(
    `${kernels} not run on ${device.name}; a heuristic chooses, and results may differ in the last bits`,
  );
}

/**
 * Makes the program of a plan, and sets the GPU to what of it needs no inputs: kernels are transformed while the first
 * images are decoded. @throws WgraftError `out-of-memory`
 */
export async function build(device: Device, plan: ProgramPlan): Promise<Program> {
  const launches = launchesOf(plan.lowered.steps);
  // Compiles on threads of Dawn's, while weights are uploaded here.
  const compiled = Promise.all(launches.map(({ launch }) => device.pipelines.get(launch)));
  compiled.catch(() => undefined);
  // In turn: two programs that share a variable must not both make its buffer.
  return device.inTurn(async () => {
    const { planned, inputs, params, fresh, forms } = await allocate(device, plan);
    // Only now that all is there: what has moved to the device is no longer on the host.
    for (const [variable, buffer] of fresh) variable.moveTo(device, buffer);
    for (const [{ name, sources }, buffer] of forms) Variable.addForm(name, sources, buffer);
    const buffers = new Map<number, GPUBuffer>();
    for (const [name, value] of plan.inputs) buffers.set(value.id, inputs.get(name)!);
    for (const [variable, value] of plan.variables) buffers.set(value.id, variable.bufferOn(device));
    for (const form of plan.forms) for (const slot of form.slots) buffers.set(slot, keptForm(form).buffer);
    for (const [slot, index] of plan.buffers.placement) buffers.set(slot, planned[index]);
    try {
      const pipelines = await settle(compiled);
      const program = await device.guarded("binding the program's buffers", () => {
        const dispatches = launches.map(({ launch }, i) => ({
          launch,
          pipeline: pipelines[i],
          bindGroup: bind(device, launch, buffers, paramsOf(launch, plan.params, params)),
        }));
        return new Program(device, plan, dispatches, { planned, inputs, params, bySlot: buffers });
      });
      program.prepare();
      return program;
    } catch (error) {
      // The variables' buffers are theirs now.
      for (const buffer of [...planned, ...inputs.values(), ...(params ? [params] : [])]) buffer.destroy();
      throw error;
    }
  });
}

/** Makes all buffers that the plan needs and that are not there yet, or none. */
async function allocate(device: Device, { buffers, inputs, variables, forms, params }: ProgramPlan) {
  const made: GPUBuffer[] = [];
  const keep = (buffer: GPUBuffer) => {
    made.push(buffer);
    return buffer;
  };
  const make = (bytes: number, label: string) => keep(device.storageBuffer(bytes, label));
  const fresh = [...variables.keys()].filter((variable) => !variable.isOn(device));
  const freshForms = forms.filter(({ sources: [first], name }) => !first.form(name));
  try {
    return await device.guarded("allocating the program's buffers", () => ({
      planned: buffers.sizes.map((bytes, i) => make(bytes, `planned ${i}`)),
      params: params.words.length > 0 ? keep(device.uniformBuffer(params.words, "params")) : undefined,
      inputs: new Map([...inputs].map(([name, spec]) => [name, make(byteLengthOf(spec), name)])),
      forms: freshForms.map(
        (form) => [form, make(storageBytesOf(form.spec), `${form.sources[0].name} ${form.name}`)] as const,
      ),
      fresh: fresh.map((variable) => [variable, make(variable.byteLength, variable.name)] as const),
    }));
  } catch (error) {
    for (const buffer of made) buffer.destroy();
    throw error;
  }
}

/** The uniform binding of a launch that has parameters. */
function paramsOf(launch: Launch, plan: ParamsPlan, buffer: GPUBuffer | undefined): GPUBufferBinding[] {
  const offset = plan.offsets.get(launch);
  if (offset === undefined || !buffer) return [];
  return [{ buffer, offset, size: 4 * (launch.kernel.params ?? []).length }];
}

function bind(
  device: Device,
  launch: Launch,
  buffers: ReadonlyMap<number, GPUBuffer>,
  params: readonly GPUBufferBinding[],
): GPUBindGroup {
  const tensors = launch.args.map((arg) => ({
    buffer: buffers.get(arg.slot)!,
    offset: arg.byteOffset ?? 0,
    // The size is the tensor's, not the shared buffer's: bounds checks then guard the tensor.
    size: Math.max(4, boundBytes(arg)),
  }));
  return device.gpu.createBindGroup({
    label: launch.kernel.name,
    layout: device.pipelines.bindGroupLayout(launch.kernel),
    entries: [...tensors, ...params].map((resource, binding) => ({ binding, resource })),
  });
}
