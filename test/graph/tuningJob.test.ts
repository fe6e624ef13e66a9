/** Measuring next to a job's work: never more than a tenth of its time, and never for the job itself. */
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { compile } from "../../src/graph/compile.js";
import { Graph } from "../../src/graph/graph.js";
import type { Program } from "../../src/graph/program/program.js";
import { beginJob, type Job } from "../../src/graph/tuning/job.js";
import { WgraftError } from "../../src/errors.js";
import { createDevice, type Device } from "../../src/kernels/gpu/device.js";
import type { Choices } from "../../src/kernels/gpu/tuning.js";
import { defineOp, type Lower, type Op } from "../../src/kernels/op.js";

const source = (count: number) =>
  `@group(0) @binding(0) var<storage, read_write> y: array<f32>;
   @group(0) @binding(1) var<storage, read> x: array<f32>;
   @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
     for (var i = 0u; i < ${count}u; i++) { y[id.x] = x[id.x] + f32(i); }
   }`;

function by(variant: string, code: string): Lower<{ flops: number }> {
  const kernel = { name: `slowly_${variant}`, source: code, access: ["read_write", "read"] as const };
  return (ctx, [input], [y], { flops }) =>
    ctx.launch({ kernel, args: [y!, input], workgroups: [input.shape[0] / 64, 1, 1], flops });
}

/** y = x + 999, in a slow way, which the heuristic prefers, and a quick one. */
const op: Op<{ flops: number }> = defineOp<{ flops: number }>({
  name: "slowly",
  infer: ([input]) => [{ shape: input.shape, dtype: "float32" }],
  variants: () =>
    new Map([
      ["slow", by("slow", source(1000))],
      ["quick", by("quick", source(1).replace("f32(i)", "999.0"))],
    ]),
});

/** Milliseconds that each measurement takes longer than it does. */
let slowness = 0;
let isFull = false;
const added: Choices[] = [];
const notes: string[] = [];
const store = {
  load: async () => new Map<string, string>(),
  add: async (_: string, choices: Choices) => {
    if (isFull) throw new WgraftError("io", "no space is left");
    added.push(choices);
    ahead += slowness;
  },
};

async function open(autotune: boolean): Promise<Device> {
  const device = await createDevice({
    autotune: autotune && store,
    onNote: (note) => notes.push(note.replace(/[\d.]+ s$/, "N s")),
  });
  onTestFinished(() => device.destroy());
  return device;
}

async function programOf(device: Device, flops: readonly number[] = [4e6]): Promise<Program> {
  const graph = new Graph();
  const x = graph.input("x", { shape: [1 << 12], dtype: "float32" });
  const outputs = flops.map((count, i) => [`y${i}`, graph.add(op, [x], { flops: count })] as const);
  return compile(device, graph, Object.fromEntries(outputs));
}

/** Moves the clock forward, as if the job had worked for so long. */
let ahead = 0;
let isMoved = false;
function work(milliseconds: number): void {
  ahead += milliseconds;
  if (isMoved) return;
  isMoved = true;
  const real = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => real() + ahead);
}

afterEach(() => {
  isFull = isMoved = false;
  vi.restoreAllMocks();
  [ahead, slowness, added.length, notes.length] = [0, 0, 0, 0];
});

const launched = (program: Program) =>
  program.plan.lowered.steps.map(({ launches: [{ kernel }] }) => kernel.name);

/** Runs of 100 ms each. */
async function runs(job: Job, program: Program, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    work(100);
    await job.ran(program);
  }
}

/** What a job may spend of the time of that many runs pays for a measurement of two variants. */
const enough = 300;

describe("a job", () => {
  it("measures what its work pays for, for the next job, and keeps that", async () => {
    const device = await open(true);
    const program = await programOf(device);
    const job = beginJob(device, 1000);
    await runs(job, program, enough);
    expect(added.map((choices) => [...choices.values()])).toEqual([["quick"]]);
    // What is compiled while the job lasts has its kernels.
    expect(launched(await programOf(device))).toEqual(["slowly_slow"]);
    job.end();
    expect(launched(await programOf(device))).toEqual(["slowly_quick"]);
    expect(notes).toEqual(["measured 1 kernel for the next run, in N s"]);

    const next = beginJob(device, 1000);
    await runs(next, await programOf(device), enough);
    next.end();
    expect(added).toHaveLength(1);
  });

  it("measures nothing where a tenth of its work is too short for that", async () => {
    const device = await open(true);
    const job = beginJob(device, 1000);
    await runs(job, await programOf(device), 100);
    job.end();
    expect([added, notes]).toEqual([[], []]);
  });

  it("measures nothing when its work is as good as done", async () => {
    const device = await open(true);
    // The allowance suffices in the 275th run.
    const last = 280;
    const job = beginJob(device, last);
    await runs(job, await programOf(device), last);
    job.end();
    expect(added).toEqual([]);
    const longer = beginJob(device, 2 * last);
    await runs(longer, await programOf(device), last);
    longer.end();
    expect(added).toHaveLength(1);
  });

  it("spends a tenth at most: the next measurement waits until that is earned", async () => {
    const device = await open(true);
    const program = await programOf(device, [4e6, 5e6, 6e6]);
    const job = beginJob(device, 1e6);
    slowness = 5000;
    const start = performance.now();
    for (let measured = 0; measured < 3; measured++) {
      while (added.length === measured) await runs(job, program, 1);
      const elapsed = performance.now() - start;
      expect(slowness * (measured + 1)).toBeLessThan(slowness + 0.1 * elapsed);
    }
    job.end();
    // Most of the work comes first.
    const keys = added.map((choices) => [...choices.keys()].join());
    expect(keys.map((key) => /"flops":(\d)/.exec(key)?.[1])).toEqual(["6", "5", "4"]);
  });

  it("is part of the one that is under way, which ends when all have ended", async () => {
    const device = await open(true);
    const program = await programOf(device);
    const [fit, validation] = [beginJob(device, 1000), beginJob(device, 1)];
    await runs(validation, program, enough);
    validation.end();
    expect(launched(await programOf(device))).toEqual(["slowly_slow"]);
    fit.end();
    expect([added.length, ...launched(await programOf(device))]).toEqual([1, "slowly_quick"]);
  });

  it("says so where nothing can be kept, and works on", async () => {
    isFull = true;
    const device = await open(true);
    const job = beginJob(device, 1000);
    await runs(job, await programOf(device), enough);
    job.end();
    expect(notes[0]).toBe("the choice of kernels is not kept: no space is left");
    expect(launched(await programOf(device))).toEqual(["slowly_quick"]);
  });

  it("measures nothing on a device that does not tune itself", async () => {
    const device = await open(false);
    const program = await programOf(device);
    const job = beginJob(device, 1000);
    await runs(job, program, enough);
    job.end();
    expect([added, notes, launched(await programOf(device))]).toEqual([[], [], ["slowly_slow"]]);
  });

  it("changes no result and frees what it measured with", async () => {
    const device = await open(true);
    const program = await programOf(device);
    const x = Float32Array.from({ length: 1 << 12 }, (_, i) => i);
    const alive = new Set<GPUBuffer>();
    const create = device.gpu.createBuffer.bind(device.gpu);
    device.gpu.createBuffer = (descriptor) => {
      const buffer = create(descriptor);
      const destroy = buffer.destroy.bind(buffer);
      buffer.destroy = () => (alive.delete(buffer), destroy());
      alive.add(buffer);
      return buffer;
    };
    const job = beginJob(device, 1000);
    program.submit({ x });
    await runs(job, program, enough);
    job.end();
    expect([added.length, alive.size]).toEqual([1, 0]);
    expect((await program.fetch()).y0).toEqual(x.map((value) => value + 999));
  });
});
