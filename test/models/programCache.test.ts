/** Programs of many batch sizes: which are kept, which are freed. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WgraftError } from "../../src/errors.js";
import { compile } from "../../src/graph/compile.js";
import { Graph } from "../../src/graph/graph.js";
import type { Program } from "../../src/graph/program/program.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { multiply } from "../../src/kernels/elementwise/binary.js";
import { Dense } from "../../src/models/layers/core/dense.js";
import { Sequential } from "../../src/models/sequential.js";
import { ProgramCache } from "../../src/models/training/programCache.js";
import { tensor } from "../../src/tensor.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

/** y = x², of vectors of some length. */
function square(length: number): Promise<Program> {
  const graph = new Graph();
  const x = graph.input("x", { shape: [length], dtype: "float32" });
  return compile(device, graph, { y: graph.add(multiply, [x, x], {}) });
}

const get = (cache: ProgramCache, length: number) => cache.get(String(length), () => square(length));
const squares = (program: Program, length: number) => program.run({ x: new Float32Array(length).fill(3) });

/** When programs over the bound are freed. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("ProgramCache", () => {
  it("stays within its bytes, however many sizes there are, and frees the least recently used first", async () => {
    const cache = new ProgramCache({ programs: 2, bytes: 40_000 });
    const made: Program[] = [];
    for (let i = 1; i <= 12; i++) {
      made.push(await get(cache, 1000 + i));
      await turn();
      expect(cache.bytes).toBeLessThanOrEqual(40_000);
      // The first is used again and again, and so outlives those that came after it.
      expect(await get(cache, 1001)).toBe(made[0]);
    }
    expect(cache.size).toBeGreaterThan(2);
    expect(cache.size).toBeLessThan(6);
    expect(await squares(made[0], 1001)).toEqual({ y: new Float32Array(1001).fill(9) });
    expect(await get(cache, 1012)).toBe(made[11]);
    expect(() => made[1].submit()).toThrow(/the program has been destroyed/);
    const again = await get(cache, 1002);
    expect(again).not.toBe(made[1]);
    expect(await squares(again, 1002)).toEqual({ y: new Float32Array(1002).fill(9) });
    await cache.clear();
    expect([cache.size, cache.bytes]).toEqual([0, 0]);
  });

  it("keeps the last few, whatever they take", async () => {
    const cache = new ProgramCache({ programs: 3, bytes: 1 });
    const made: Program[] = [];
    for (const length of [5, 6, 7, 8]) made.push(await get(cache, length));
    await turn();
    expect(cache.size).toBe(3);
    expect(() => made[0].submit()).toThrow(/destroyed/);
    for (const [i, length] of [6, 7, 8].entries()) expect(await get(cache, length)).toBe(made[i + 1]);
    await cache.clear();
  });

  it("destroys the buffers of what it frees, once its runs have ended, and nothing of the rest", async () => {
    const destroyed: string[] = [];
    const watched = (name: string, program: Program) => {
      const destroy = program.destroy.bind(program);
      program.destroy = () => {
        destroyed.push(name);
        destroy();
      };
      return program;
    };
    const cache = new ProgramCache({ programs: 1, bytes: 1 });
    const first = watched("first", await get(cache, 10));
    // Under way when the program is freed.
    const running = squares(first, 10);
    const second = watched("second", await get(cache, 11));
    await turn();
    expect(destroyed).toEqual(["first"]);
    expect(await running).toEqual({ y: new Float32Array(10).fill(9) });
    expect(await squares(second, 11)).toEqual({ y: new Float32Array(11).fill(9) });
    await cache.clear();
    expect(destroyed).toEqual(["first", "second"]);
  });

  it("keeps what is held until it is let go", async () => {
    const cache = new ProgramCache({ programs: 1, bytes: 1 });
    const first = await get(cache, 20);
    const release = first.hold();
    for (const length of [21, 22, 23]) {
      await get(cache, length);
      await turn();
    }
    expect(cache.size).toBe(2);
    expect(await squares(first, 20)).toEqual({ y: new Float32Array(20).fill(9) });
    release();
    await get(cache, 24);
    await turn();
    expect(cache.size).toBe(1);
    expect(() => first.submit()).toThrow(/destroyed/);
    await cache.clear();
  });

  it("makes room where a program does not fit the GPU any more", async () => {
    const cache = new ProgramCache();
    const first = await get(cache, 30);
    let attempts = 0;
    const second = await cache.get("large", () => {
      if (++attempts === 1) throw new WgraftError("out-of-memory", "no room");
      return square(31);
    });
    expect(attempts).toBe(2);
    expect(() => first.submit()).toThrow(/destroyed/);
    expect(await squares(second, 31)).toEqual({ y: new Float32Array(31).fill(9) });
    // Nothing is left to free.
    await cache.clear();
    const full = () => Promise.reject(new WgraftError("out-of-memory", "no room"));
    await expect(cache.get("larger", full)).rejects.toThrow("no room");
    expect(cache.size).toBe(0);
  });
});

it("predictions of many sizes at once, each with its own program, are right", async () => {
  const model = new Sequential([new Dense({ units: 1, inputDim: 2, useBias: false })], { device });
  await model.setWeights([tensor([2, 3], [2, 1])]);
  const sizes = Array.from({ length: 12 }, (_, i) => i + 1);
  const predicted = await Promise.all(
    sizes.map((batchSize) => {
      const x = Float32Array.from({ length: 60 }, (_, i) => i);
      return model.predict(tensor(x, [30, 2]), { batchSize });
    }),
  );
  const expected = Array.from({ length: 30 }, (_, i) => 2 * (2 * i) + 3 * (2 * i + 1));
  for (const y of predicted) expect(Array.from(await y.data())).toEqual(expected);
});
