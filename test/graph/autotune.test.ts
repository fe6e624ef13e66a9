/** Tuning on a real device: small shapes, since what is tested is the way, not the times. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { chosen, tune, tuningTasks, type Tuned } from "../../src/graph/tuning/autotune.js";
import { build, compile } from "../../src/graph/compile.js";
import { Graph } from "../../src/graph/graph.js";
import { planProgram } from "../../src/graph/plan/programPlan.js";
import { Variable } from "../../src/graph/variable.js";
import { castTo } from "../../src/kernels/shape/cast.js";
import { conv2d } from "../../src/kernels/conv/conv2d.js";
import { createDevice, type Device } from "../../src/kernels/gpu/device.js";
import { matMul } from "../../src/kernels/gemm/matMul.js";
import { defineOp, type Lower, type Op } from "../../src/kernels/op.js";
import { isMeasured, type Choices, type TuningStore } from "../../src/kernels/gpu/tuning.js";
import type { TensorData } from "../../src/tensor.js";
import { uniform } from "../reference/random.js";
import { createTestDevice } from "../support/run.js";

/** A store in memory that counts. */
class MemoryStore implements TuningStore {
  readonly choices = new Map<string, string>();
  loads = 0;
  adds = 0;

  async load(platform: string): Promise<Choices> {
    if (!isMeasured(platform)) return new Map();
    this.loads++;
    return this.choices;
  }

  async add(platform: string, choices: Choices): Promise<void> {
    if (!isMeasured(platform)) return;
    this.adds++;
    for (const [key, variant] of choices) this.choices.set(key, variant);
  }
}

let plain: Device;
beforeAll(async () => {
  plain = await createTestDevice();
});
afterAll(() => plain.destroy());

async function tuned(store: TuningStore | true, notes: string[] = []): Promise<Device> {
  const device = await createDevice({ autotune: store, onNote: (note) => notes.push(note) });
  onTestFinished(() => device.destroy());
  return device;
}

const attrs = { strides: [1, 1], pads: [1, 1, 1, 1], activation: "linear" } as const;
const x = uniform(1, [2, 17, 19, 16]);
const bias = uniform(3, [20]);
const weights = uniform(4, [64, 300]);
const features = uniform(5, [40, 64]);

/** A convolution with a constant kernel and a product without constants. */
function trace() {
  const graph = new Graph();
  const kernel = new Variable("kernel", [3, 3, 16, 20], () => uniform(2, [3, 3, 16, 20]).dataSync().slice());
  const y = graph.add(
    conv2d,
    [graph.input("x", x), graph.variable(kernel), graph.input("bias", bias)],
    attrs,
  );
  const product = { transposeA: false, transposeB: false, activation: "linear" } as const;
  const z = graph.add(matMul, [graph.input("features", features), graph.input("weights", weights)], product);
  return { graph, outputs: { y, z }, kernel };
}

async function run(device: Device): Promise<Record<string, TensorData>> {
  const { graph, outputs, kernel } = trace();
  const program = await compile(device, graph, outputs);
  const feeds = { x, bias, features, weights };
  const results = await program.run(
    Object.fromEntries(Object.entries(feeds).map(([name, values]) => [name, values.dataSync()])),
  );
  program.destroy();
  kernel.release();
  return results;
}

/** Measures what there is in `trace`. */
async function tuneTrace(device: Device, onTuned?: (result: Tuned) => void): Promise<void> {
  const { graph, outputs, kernel } = trace();
  const tasks = tuningTasks(planProgram(graph, outputs, device.caps).lowered.steps);
  await tune(device, tasks, build, undefined, onTuned);
  kernel.release();
}

function expectSame(actual: Record<string, TensorData>, expected: Record<string, TensorData>): void {
  for (const name of ["y", "z"]) {
    const [a, b] = [Array.from(actual[name]), Array.from(expected[name])];
    const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const worst = b.reduce((most, value, i) => Math.max(most, Math.abs(value - a[i])), 0);
    expect(worst / largest).toBeLessThan(2e-5);
  }
}

describe("a device that tunes itself", () => {
  it("gives the same results, and keeps the choice for the next device", async () => {
    const expected = await run(plain);
    const store = new MemoryStore();
    const notes: string[] = [];
    const first = await tuned(store, notes);
    await tuneTrace(first);
    expect([...store.choices.keys()].map((key) => key.split("(")[0]).sort()).toEqual(["conv2d", "mat_mul"]);
    expect([...first.tuning!.choices]).toEqual([...store.choices]);
    for (const [key, variant] of store.choices) expect(first.caps.choices!.get(key)).toBe(variant);
    expectSame(await run(first), expected);
    expectSame(await run(await tuned(store, notes)), expected);
    expect([notes, store.loads, store.adds]).toEqual([[], 2, 1]);
  });

  it("compiles at once, by estimates: nothing is measured for a program", async () => {
    const store = new MemoryStore();
    const other = await createTestDevice();
    onTestFinished(() => other.destroy());
    const devices = [await tuned(store), other];
    for (const device of devices) await run(device);
    const [compiled, expected] = devices.map(({ pipelines }) => pipelines.size);
    expect([compiled, store.adds]).toEqual([expected, 0]);
  });

  it("measures float16 between casts that do not count, under a key of its own", async () => {
    const graph = new Graph();
    const kernel = new Variable("kernel", [3, 3, 16, 20], () =>
      uniform(2, [3, 3, 16, 20]).dataSync().slice(),
    );
    const half = castTo(graph, graph.input("x", x), "float16");
    const y = castTo(graph, graph.add(conv2d, [half, graph.variable(kernel)], attrs), "float32");
    const device = await tuned(true);
    const steps = planProgram(graph, { y }, device.caps).lowered.steps;
    const results: Tuned[] = [];
    await tune(device, tuningTasks(steps), build, undefined, (result) => results.push(result));
    expect(results).toHaveLength(1);
    const [{ task, measured }] = results;
    expect(task.tunable.key).toContain("float16 (2, 17, 19, 16), constant float32 (3, 3, 16, 20)");
    expect(measured.map(({ variant }) => variant)).toEqual(task.tunable.variants);
    for (const { milliseconds, problem } of measured) {
      expect(problem).toBeUndefined();
      expect(milliseconds).toBeGreaterThan(0);
    }
  });

  it("launches what the table says, whichever variant that is, and plans it", async () => {
    const expected = await run(plain);
    const { graph, outputs } = trace();
    const tasks = tuningTasks(planProgram(graph, outputs, plain.caps).lowered.steps);
    expect(tasks.map(({ tunable }) => tunable.variants.length)).toEqual([6, 2]);
    const seen = new Set<string>();
    for (const variant of tasks.flatMap(({ tunable }) => tunable.variants)) {
      const store = new MemoryStore();
      for (const { tunable } of tasks) {
        const [heuristic] = tunable.variants;
        store.choices.set(tunable.key, tunable.variants.includes(variant) ? variant : heuristic);
      }
      const device = await tuned(store);
      expectSame(await run(device), expected);
      expect(store.adds).toBe(0);
      const { lowered } = planProgram(graph, outputs, device.caps);
      seen.add(
        lowered.steps.flatMap(({ launches }) => launches.map((l) => l.kernel.name + l.prelude)).join(),
      );
    }
    expect(seen.size).toBeGreaterThan(5);
  });

  it("ignores a name that no variant has, and does not take it for a measurement", async () => {
    const expected = await run(plain);
    const store = new MemoryStore();
    const { graph, outputs } = trace();
    const tasks = tuningTasks(planProgram(graph, outputs, plain.caps).lowered.steps);
    for (const { tunable } of tasks) store.choices.set(tunable.key, "f6 tensor cores");
    const device = await tuned(store);
    expectSame(await run(device), expected);
    expect(tasks.map(({ tunable }) => device.tuning!.knows(tunable))).toEqual([false, false]);
  });

  it("frees what it measures with", async () => {
    const device = await tuned(true);
    const alive = new Set<GPUBuffer>();
    const create = device.gpu.createBuffer.bind(device.gpu);
    device.gpu.createBuffer = (descriptor) => {
      const buffer = create(descriptor);
      const destroy = buffer.destroy.bind(buffer);
      buffer.destroy = () => {
        alive.delete(buffer);
        return destroy();
      };
      alive.add(buffer);
      return buffer;
    };
    await tuneTrace(device);
    expect(device.tuning!.choices.size).toBe(2);
    expect([...alive].map(({ label }) => label)).toEqual([]);
  });
});

describe("the choice", () => {
  it.each([
    ["the first of those that are about as fast", { a: 10, b: 9.5, c: 20 }, "a"],
    ["the fastest where that is clear", { a: 10, b: 8.9, c: 8 }, "c"],
    ["the first that ran", { a: undefined, b: 10, c: 9.9 }, "b"],
    ["none where none ran", { a: undefined }, undefined],
  ])("is %s", (_, times: Readonly<Record<string, number | undefined>>, choice) => {
    const measured = Object.entries(times).map(([variant, milliseconds]) => ({ variant, milliseconds }));
    expect(chosen(measured)).toBe(choice);
  });
});

describe("without autotune", () => {
  it("a device measures nothing and knows no choices", async () => {
    expect(plain.tuning).toBeUndefined();
    const { graph, outputs } = trace();
    const tasks = tuningTasks(planProgram(graph, outputs, plain.caps).lowered.steps);
    expect(tasks.map(({ tunable }) => tunable.choice)).toEqual([undefined, undefined]);
  });
});

describe("a variant that does not do", () => {
  const source = (statement: string) =>
    `@group(0) @binding(0) var<storage, read_write> y: array<f32>;
     @group(0) @binding(1) var<storage, read> x: array<f32>;
     @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) { ${statement} }`;
  const bodies: Readonly<Record<string, string>> = {
    right: "for (var i = 0u; i < 400u; i++) { y[id.x] = x[id.x] + f32(i); }",
    quick: "y[id.x] = x[id.x] + 399.0;",
    wrong: "y[id.x] = x[id.x];",
    "not a number": "y[id.x] = sqrt(x[id.x] - 10.0);",
    broken: "y[id.x] = no_such_function();",
  };
  const by =
    (variant: string): Lower<object> =>
    (ctx, [input], [y]) => {
      if (variant === "too large") ctx.scratch({ shape: [2 ** 36], dtype: "float32" });
      const kernel = {
        name: `add_399_${variant.replaceAll(" ", "_")}`,
        source: source(bodies[variant] ?? bodies.right),
        access: ["read_write", "read"] as const,
      };
      ctx.launch({ kernel, args: [y!, input], workgroups: [input.shape[0] / 64, 1, 1], flops: 2e6 });
    };
  /** y = x + 399, in ways of which not all are right. */
  const op: Op<object> = defineOp<object>({
    name: "add_399",
    infer: ([input]) => [{ shape: input.shape, dtype: "float32" }],
    variants: () => new Map([...Object.keys(bodies), "too large"].map((variant) => [variant, by(variant)])),
  });

  it("is left out: one that is wrong, does not compile, or takes too much", async () => {
    const device = await tuned(true);
    const graph = new Graph();
    const y = graph.add(op, [graph.input("x", { shape: [1 << 16], dtype: "float32" })], {});
    const steps = planProgram(graph, { y }, device.caps).lowered.steps;
    const results: Tuned[] = [];
    await tune(device, tuningTasks(steps), build, undefined, (result) => results.push(result));
    const [{ measured, choice }] = results;
    const problems = Object.fromEntries(measured.map(({ variant, problem }) => [variant, problem]));
    expect(problems).toEqual({
      right: undefined,
      quick: undefined,
      wrong: expect.stringMatching(/result differs by 4.0e\+2/) as string,
      "not a number": expect.stringMatching(/result differs by Infinity/) as string,
      broken: expect.stringMatching(/no_such_function/) as string,
      "too large": expect.any(String) as string,
    });
    expect(choice).toBe("quick");
    // The device has taken no harm.
    expectSame(await run(device), await run(plain));
  });
});
