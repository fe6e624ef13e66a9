import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kernelItem } from "../../bench/kernels/kernelItem.js";
import { allItems, runSuite } from "../../bench/suite.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { relu } from "../../src/kernels/elementwise/activation.js";
import { float32 } from "../../src/kernels/op.js";
import { WgraftError } from "../../src/errors.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const reluItem = kernelItem({
  name: "small relu",
  detail: "64×64",
  op: relu,
  inputs: [float32(64, 64)],
  attrs: {},
});

describe("the suite", () => {
  it("has one item of a name", () => {
    const names = allItems.map((item) => item.name);
    expect(new Set(names).size).toBe(names.length);
  });

  it("measures peaks, and holds a kernel against them", async () => {
    const peaks = allItems.filter((item) => item.group === "peak");
    const { figures, failures } = await runSuite(device, [...peaks, reluItem], { quick: true });
    expect(failures).toEqual([]);
    const [fma, copy, kernel] = figures;
    // Whatever the machine and its load: a tenth of a GFLOP/s is less than any has, a petaflop more.
    expect(fma.gflops).toBeGreaterThan(0.1);
    expect(fma.gflops).toBeLessThan(1e6);
    expect(copy.gbps).toBeGreaterThan(0.01);
    expect(copy.gbps).toBeLessThan(1e5);
    expect(kernel.gbps).toBeCloseTo((2 * 4 * 64 * 64) / kernel.median / 1e6, 9);
    expect(kernel.byteShare).toBeCloseTo(kernel.gbps! / copy.gbps!, 9);
    expect(kernel.min).toBeGreaterThan(0);
    expect(kernel.min).toBeLessThanOrEqual(kernel.median);
  });

  it("goes on after an item that fails, and says why it did", async () => {
    const broken = {
      name: "broken",
      group: "job" as const,
      measure: async () => {
        throw new WgraftError("out-of-memory", "too large");
      },
    };
    const fine = {
      ...broken,
      name: "fine",
      measure: async () => ({ median: 1, min: 1, iqr: 0, runs: 1, detail: "" }),
    };
    const { figures, failures } = await runSuite(device, [broken, fine], { quick: true });
    expect(failures).toEqual([{ name: "broken", reason: "too large" }]);
    expect(figures.map((f) => f.name)).toEqual(["fine"]);
  });
});
