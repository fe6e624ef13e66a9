/** Runs single ops through the real graph, planner and device. */
import { gradients } from "../../src/graph/autodiff.js";
import { Graph } from "../../src/graph/graph.js";
import { compile } from "../../src/graph/compile.js";
import { Variable } from "../../src/graph/variable.js";
import { castTo } from "../../src/kernels/shape/cast.js";
import type { DeviceOptions } from "../../src/kernels/gpu/adapter.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { createDevice } from "../../src/kernels/gpu/device.js";
import { type DeviceCaps, type Op, type Value } from "../../src/kernels/op.js";
import { hostType, Tensor, type HostType } from "../../src/tensor.js";

/** With WGRAFT_TEST_RULES=off its programs are made without rewrite rules: see `npm run test:no-rules`. */
export async function createTestDevice(options?: DeviceOptions): Promise<Device> {
  const device = await createDevice(options);
  return process.env.WGRAFT_TEST_RULES === "off" ? withCaps(device, { rules: [] }) : device;
}

/** The same device with other capabilities shown to the kernels, to force their variants. */
export function withCaps(device: Device, caps: Partial<DeviceCaps> | undefined): Device {
  return caps ? (Object.create(device, { caps: { value: { ...device.caps, ...caps } } }) as Device) : device;
}

export interface RunOptions {
  caps?: Partial<DeviceCaps>;
  /** Indices of inputs that the op gets as float16. What it makes as float16 comes back as float32. Default: none. */
  float16?: readonly number[];
}

/** All outputs of an op that something reads: every one it has. */
export async function runOp<A>(
  device: Device,
  op: Op<A>,
  inputs: Tensor[],
  attrs: A,
  options: RunOptions = {},
): Promise<Tensor[]> {
  const graph = new Graph();
  const values = inputs.map((t, i) => inputOf(graph, `x${i}`, t, options.float16?.includes(i)));
  const outputs = graph.apply(op, values, attrs);
  return evaluate(withCaps(device, options.caps), graph, outputs, inputs);
}

/** The inputs of an op that writes in place, as they are afterwards. */
export async function runMutating<A>(
  device: Device,
  op: Op<A>,
  inputs: Tensor[],
  attrs: A,
): Promise<Tensor[]> {
  const graph = new Graph();
  const variables = inputs.map((t, i) => new Variable(`x${i}`, t.shape, () => t.dataSync().slice(), t.dtype));
  graph.apply(
    op,
    variables.map((v) => graph.variable(v)),
    attrs,
  );
  const program = await compile(device, graph, {});
  program.submit();
  const results = await Promise.all(variables.map(async (v) => toTensor(await v.read(), v.shape, v.dtype)));
  program.destroy();
  for (const v of variables) v.release();
  return results;
}

/**
 * Gradients of sum(dy ⊙ y) with respect to the inputs, through the op's vjp; `undefined` where it has none.
 * @param needs which inputs to differentiate; default: all that are floats. With float16 inputs, dy has y's type.
 */
export async function gradOp<A>(
  device: Device,
  op: Op<A>,
  inputs: Tensor[],
  attrs: A,
  dy: Tensor,
  options: RunOptions & { needs?: boolean[] } = {},
): Promise<(Tensor | undefined)[]> {
  const graph = new Graph();
  const values = inputs.map((t, i) => inputOf(graph, `x${i}`, t, options.float16?.includes(i)));
  const y = graph.add(op, values, attrs);
  const dyValue = inputOf(graph, "dy", dy, y.dtype === "float16");
  const wrt = values.filter((v, i) => options.needs?.[i] ?? v.dtype.startsWith("float"));
  const grads = gradients(graph, y, wrt, dyValue);
  const defined = grads.filter((g): g is Value => g !== undefined);
  const results = await evaluate(withCaps(device, options.caps), graph, defined, [...inputs, dy]);
  let next = 0;
  const byValue = new Map(wrt.map((w, i) => [w.id, grads[i] ? results[next++] : undefined]));
  return values.map((v) => byValue.get(v.id));
}

function inputOf(graph: Graph, name: string, tensor: Tensor, float16 = false): Value {
  const value = graph.input(name, tensor);
  return float16 ? castTo(graph, value, "float16") : value;
}

async function evaluate(device: Device, graph: Graph, made: Value[], inputs: Tensor[]): Promise<Tensor[]> {
  const outputs = made.map((v) => (v.dtype === "float16" ? castTo(graph, v, "float32") : v));
  const program = await compile(device, graph, Object.fromEntries(outputs.map((v, i) => [`y${i}`, v])));
  const names = [...graph.inputs.keys()];
  const feeds = Object.fromEntries(names.map((name, i) => [name, inputs[i].dataSync()]));
  const fetched = await program.run(feeds);
  program.destroy();
  device.check();
  return outputs.map((v, i) => toTensor(fetched[`y${i}`], v.shape, hostType("output", v)));
}

function toTensor(
  values: Float32Array | Uint32Array | Uint8Array,
  shape: readonly number[],
  dtype: HostType,
): Tensor {
  return new Tensor(values, shape, dtype);
}
