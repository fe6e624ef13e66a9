/** What the adapter reaches at best, which every kernel is then held against. */
import linearIndex from "../wgsl/common/linear_index.wgsl";
import { Graph } from "../src/graph/graph.js";
import { compile } from "../src/graph/compile.js";
import { GpuClock } from "../src/graph/program/gpuClock.js";
import { Variable } from "../src/graph/variable.js";
import { defineOp, float32, linearWorkgroups, type Kernel, type Op } from "../src/kernels/op.js";
import { sizeOf, type TensorSpec } from "../src/tensor.js";
import type { Bench, Item, Measurement } from "./item.js";
import { repeat } from "./repeat.js";
import { summarize } from "./statistics.js";
import copySource from "./wgsl/copy.wgsl";
import fmaSource from "./wgsl/fma.wgsl";

const fmaKernel: Kernel = { name: "peak_fma", source: fmaSource, access: ["read_write", "read"] };
const copyKernel: Kernel = {
  name: "peak_copy",
  source: linearIndex + copySource,
  access: ["read_write", "read"],
};

/** Which type the chains of the FMA kernel are of: eight variables of it. */
const lanes = {
  f32: { width: 1, prelude: "alias Lane = f32;\nfn first(x: Lane) -> f32 { return x; }" },
  vec2f: { width: 2, prelude: "alias Lane = vec2f;\nfn first(x: Lane) -> f32 { return x.x + x.y; }" },
  vec4f: {
    width: 4,
    prelude: "alias Lane = vec4f;\nfn first(x: Lane) -> f32 { return x.x + x.y + x.z + x.w; }",
  },
} as const;

interface FmaAttrs {
  readonly lane: keyof typeof lanes;
  readonly invocations: number;
  readonly iterations: number;
}

/** Multiply-adds of one turn of the kernel's loop, for a Lane of width 1. */
const chainsUnrolled = 32;

const fmaPeak = defineOp<FmaAttrs>({
  name: "peak_fma",
  infer: (_inputs, { invocations }) => [float32(invocations)],
  lower(ctx, [factors], [y], { lane, invocations, iterations }) {
    ctx.launch({
      kernel: fmaKernel,
      prelude: lanes[lane].prelude,
      constants: { iterations },
      args: [y!, factors],
      workgroups: [invocations / 64, 1, 1],
    });
  },
});

const copyPeak = defineOp<{ readonly each: number }>({
  name: "peak_copy",
  infer: ([x]) => [x],
  lower(ctx, [x], [y], { each }) {
    const workgroups = linearWorkgroups(sizeOf(x.shape) / 4, 256 * each, ctx.caps);
    ctx.launch({ kernel: copyKernel, constants: { each }, args: [y!, x], workgroups });
  },
});

/** A GPU wants tens of thousands of invocations at once, a CPU a few long ones. */
function fmaSize(software: boolean) {
  return software
    ? { invocations: 1 << 12, iterations: 1 << 11 }
    : { invocations: 1 << 18, iterations: 1 << 10 };
}

/** Beyond the largest caches there are (256 MiB of both buffers together), as far as the adapter binds it. */
function copyBytes(limit: number): number {
  return Math.min(2 ** 28, Math.floor(limit / 4096) * 4096);
}

async function time<A>(
  bench: Bench,
  op: Op<A>,
  input: TensorSpec,
  values: Float32Array | undefined,
  attrs: A,
) {
  const graph = new Graph();
  const x = new Variable("x", input.shape, values && (() => values));
  const y = graph.add(op, [graph.variable(x)], attrs);
  const program = await compile(bench.device, graph, { y });
  const clock = new GpuClock(bench.device);
  try {
    return summarize(await repeat(await clock.timer(program.dispatches), bench.budget, bench.signal));
  } finally {
    clock.destroy();
    program.destroy();
    x.release();
  }
}

/** The best of the three types: which one wins says more of the compiler than of the adapter. */
async function measureFma(bench: Bench): Promise<Measurement> {
  const size = fmaSize(bench.device.caps.software);
  const found: Measurement[] = [];
  for (const lane of Object.keys(lanes) as (keyof typeof lanes)[]) {
    const summary = await time(bench, fmaPeak, float32(2), Float32Array.of(0.999, 1e-3), { lane, ...size });
    const flops = 2 * chainsUnrolled * lanes[lane].width * size.invocations * size.iterations;
    found.push({ ...summary, detail: `8 chains of ${lane}`, gflops: flops / summary.median / 1e6 });
  }
  return found.reduce((best, one) => (one.gflops! > best.gflops! ? one : best));
}

/** The best of a few lengths: a CPU wants long invocations, a GPU many. */
async function measureCopy(bench: Bench): Promise<Measurement> {
  const bytes = copyBytes(bench.device.caps.maxStorageBufferBindingSize);
  const found: Measurement[] = [];
  for (const each of [1, 4, 16]) {
    const summary = await time(bench, copyPeak, float32(bytes / 4), undefined, { each });
    const detail = `${bytes / 2 ** 20} MiB to another, ${each} × vec4f an invocation`;
    found.push({ ...summary, detail, gbps: (2 * bytes) / summary.median / 1e6 });
  }
  return found.reduce((best, one) => (one.gbps! > best.gbps! ? one : best));
}

export const peakItems: readonly Item[] = [
  { name: "peak fma", group: "peak", measure: measureFma },
  { name: "peak copy", group: "peak", measure: measureCopy },
];
