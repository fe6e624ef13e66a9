/** One op, alone, at one shape. */
import { Graph } from "../../src/graph/graph.js";
import { compile } from "../../src/graph/compile.js";
import { GpuClock } from "../../src/graph/program/gpuClock.js";
import { Variable } from "../../src/graph/variable.js";
import type { Op } from "../../src/kernels/op.js";
import { byteLengthOf, hostType, sizeOf, type TensorData, type TensorSpec } from "../../src/tensor.js";
import type { Bench, Item, Measurement } from "../item.js";
import { uniform } from "../random.js";
import { repeat } from "../repeat.js";
import { summarize } from "../statistics.js";

export interface KernelCase<A> {
  readonly name: string;
  readonly detail: string;
  readonly op: Op<A>;
  readonly inputs: readonly TensorSpec[];
  readonly attrs: A;
  /** Useful operations. Default: those are not what it is about. */
  readonly flops?: number;
  /** Values of input `index`. Default: uniform on [0, 1), and whole numbers below `integers`. */
  values?(index: number): TensorData | undefined;
  /** Default 256. */
  readonly integers?: number;
  /** Outputs that are asked for. Default 1: the op's first. */
  readonly outputs?: number;
}

export function kernelItem<A>(kernel: KernelCase<A>): Item {
  return { name: kernel.name, group: "kernel", measure: (bench) => measure(bench, kernel) };
}

async function measure<A>(bench: Bench, kernel: KernelCase<A>): Promise<Measurement> {
  const peaks = await bench.peaks();
  const { op, inputs, attrs, flops, detail } = kernel;
  const graph = new Graph();
  const variables: Variable[] = [];
  const feeds: Record<string, TensorData> = {};
  const values = inputs.map((spec, i) => {
    const name = `x${i}`;
    const dtype = hostType(kernel.name, spec);
    if (i === 0 && !op.mutates?.(attrs).includes(i)) {
      feeds[name] = valuesOf(kernel, i);
      return graph.input(name, { shape: spec.shape, dtype });
    }
    const variable = new Variable(name, spec.shape, () => valuesOf(kernel, i), dtype);
    variables.push(variable);
    return graph.variable(variable);
  });
  const outputs = graph.apply(op, values, attrs).slice(0, kernel.outputs ?? 1);
  const wanted = Object.fromEntries(outputs.map((value, i) => [`y${i}`, value]));
  const program = await compile(bench.device, graph, wanted);
  const clock = new GpuClock(bench.device);
  try {
    // Makes what is derived of the inputs after the first, which are constants here. Of constants alone the op would not run
    // again.
    await program.run(feeds);
    const timer = await clock.timer(program.recurring);
    const summary = summarize(await repeat(timer, bench.budget, bench.signal));
    const written = op.mutates?.(attrs).map((i) => inputs[i]) ?? [];
    const bytes = [...inputs, ...outputs, ...written].reduce((sum, spec) => sum + byteLengthOf(spec), 0);
    const gbps = bytes / summary.median / 1e6;
    const gflops = flops === undefined ? undefined : flops / summary.median / 1e6;
    return {
      ...summary,
      detail,
      gbps,
      byteShare: gbps / peaks.gbps,
      ...(gflops !== undefined && { gflops, flopShare: gflops / peaks.gflops }),
    };
  } finally {
    clock.destroy();
    program.destroy();
    for (const variable of variables) variable.release();
  }
}

function valuesOf<A>(kernel: KernelCase<A>, index: number): TensorData {
  const given = kernel.values?.(index);
  if (given) return given;
  const { shape, dtype } = kernel.inputs[index];
  const count = sizeOf(shape);
  if (dtype === "float32") return uniform(count, index + 1, 0, 1);
  const integers = uniform(count, index + 1, 0, kernel.integers ?? 256);
  return dtype === "uint8" ? Uint8Array.from(integers) : Uint32Array.from(integers);
}
