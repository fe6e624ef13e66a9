/** What building a program leaves behind where it fails. */
import { afterAll, beforeAll, expect, it, vi, type MockInstance } from "vitest";
import { WgraftError } from "../../src/errors.js";
import { compile } from "../../src/graph/compile.js";
import { Graph } from "../../src/graph/graph.js";
import { Variable } from "../../src/graph/variable.js";
import { add } from "../../src/kernels/elementwise/binary.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { float32 } from "../../src/kernels/op.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

it("frees its buffers where a kernel does not compile, and leaves variables fit for use", async () => {
  const weights = new Variable("weights", [3], () => Float32Array.of(1, 2, 3));
  const traced = () => {
    const graph = new Graph();
    const x = graph.input("x", float32(3));
    return { graph, y: graph.add(add, [x, graph.variable(weights)], {}) };
  };
  const failing = traced();
  const made: { label: string; destroy: MockInstance }[] = [];
  const storageBuffer = vi.spyOn(device, "storageBuffer").mockImplementation((bytes, label) => {
    const buffer = device.gpu.createBuffer({
      size: bytes,
      label,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    made.push({ label, destroy: vi.spyOn(buffer, "destroy") });
    return buffer;
  });
  const refused = new WgraftError("internal", "kernel add does not compile");
  const get = vi.spyOn(device.pipelines, "get").mockRejectedValue(refused);
  await expect(compile(device, failing.graph, { y: failing.y })).rejects.toBe(refused);
  for (const spy of [storageBuffer, get]) spy.mockRestore();
  const kept = made.filter(({ destroy }) => destroy.mock.calls.length === 0);
  expect(kept.map(({ label }) => label)).toEqual(["weights"]);
  expect(made.length).toBeGreaterThan(2);

  const working = traced();
  const program = await compile(device, working.graph, { y: working.y });
  expect((await program.run({ x: Float32Array.of(1, 1, 1) })).y).toEqual(Float32Array.of(2, 3, 4));
  program.destroy();
  weights.release();
});
