import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Graph } from "../../src/graph/graph.js";
import { compile } from "../../src/graph/compile.js";
import { Variable } from "../../src/graph/variable.js";
import { relu } from "../../src/kernels/elementwise/activation.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { add } from "../../src/kernels/elementwise/binary.js";
import { imageToFloat } from "../../src/kernels/image/imageToFloat.js";
import { defineOp, float32 } from "../../src/kernels/op.js";
import { sgdUpdate } from "../../src/kernels/training/sgdUpdate.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

function addRelu() {
  const graph = new Graph();
  const [a, b] = [graph.input("a", float32(4)), graph.input("b", float32(4))];
  return { graph, y: graph.add(relu, [graph.add(add, [a, b], {})], {}) };
}

describe("a program", () => {
  it("runs again and again, several times before anything is read", async () => {
    const { graph, y } = addRelu();
    const program = await compile(device, graph, { y });
    const b = Float32Array.of(1, 1, 1, 1);
    const results = [1, 2, 3].map((v) => program.run({ a: Float32Array.of(v, -v, 0, 9), b }));
    expect((await Promise.all(results)).map((r) => [...r.y])).toEqual([
      [2, 0, 1, 10],
      [3, 0, 1, 10],
      [4, 0, 1, 10],
    ]);
    program.destroy();
  });

  it("keeps an input's last value when it is not fed", async () => {
    const { graph, y } = addRelu();
    const program = await compile(device, graph, { y });
    await program.run({ a: Float32Array.of(1, 2, 3, 4), b: new Float32Array(4) });
    expect([...(await program.run()).y]).toEqual([1, 2, 3, 4]);
    program.destroy();
  });

  it("refuses feeds of the wrong size or name", async () => {
    const { graph, y } = addRelu();
    const program = await compile(device, graph, { y });
    expect(() => program.submit({ a: new Float32Array(3) })).toThrow(
      /input a: expected float32 \(4,\), got 3/,
    );
    expect(() => program.submit({ c: new Float32Array(4) })).toThrow(/no input c/);
    program.destroy();
  });

  it("takes bytes whose number is not a multiple of four", async () => {
    const graph = new Graph();
    const x = graph.input("x", { shape: [1, 1, 1, 3], dtype: "uint8" });
    const program = await compile(device, graph, { y: graph.add(imageToFloat, [x], { mode: "none" }) });
    expect([...(await program.run({ x: Uint8Array.of(7, 255, 0) })).y]).toEqual([7, 255, 0]);
    program.destroy();
  });

  it("updates variables in place, and says what it binds", async () => {
    const graph = new Graph();
    const variable = new Variable("w", [2], () => Float32Array.of(1, 2));
    const inputs = [graph.variable(variable), graph.input("g", float32(2)), graph.input("hyper", float32(4))];
    graph.apply(sgdUpdate, inputs, { momentum: 0, nesterov: false });
    const program = await compile(device, graph, {});
    program.submit({ g: Float32Array.of(1, -1), hyper: Float32Array.of(0.5, 0, 0, 0) });
    program.submit({});
    expect([...(await variable.read())]).toEqual([0, 3]);
    variable.write(Float32Array.of(5, 5));
    program.submit({});
    expect([...(await variable.read())]).toEqual([4.5, 5.5]);
    expect(program.memory.variables).toBe(8);
    expect(program.toString()).toMatch(/sgd_update.*float32 \(2,\).*in place/);
    program.destroy();
  });

  it("names the op, its bytes and the limit when a tensor is too large to bind", async () => {
    const kernel = { name: "never_compiled", source: "", access: ["read" as const] };
    const whole = defineOp<object>({
      name: "whole",
      infer: ([x]) => [x],
      lower: (ctx, [x]) => ctx.launch({ kernel, args: [x], workgroups: [1, 1, 1] }),
    });
    const graph = new Graph();
    const x = graph.input("x", float32(device.caps.maxStorageBufferBindingSize / 4 + 64));
    const y = graph.add(whole, [x], {});
    const compiled = compile(device, graph, { y });
    await expect(compiled).rejects.toMatchObject({ code: "out-of-memory", op: "whole" });
  });

  it("times its dispatches", async () => {
    const { graph, y } = addRelu();
    // The two become one, by a rule; the last stays another.
    const program = await compile(device, graph, { y: graph.add(add, [y, y], {}) });
    const times = await program.profile({ a: new Float32Array(4), b: new Float32Array(4) });
    expect(times).toHaveLength(2);
    expect(times.every((t) => t >= 0)).toBe(true);
    program.destroy();
  });
});

describe("a variable", () => {
  it("hands out copies of its values, on the host as on the device", async () => {
    const variable = new Variable("w", [2], () => Float32Array.of(1, 2));
    (await variable.read()).fill(9);
    expect([...(await variable.read())]).toEqual([1, 2]);
    variable.bufferOn(device);
    (await variable.read()).fill(9);
    expect([...(await variable.read())]).toEqual([1, 2]);
    variable.release();
  });
});

describe("a device", () => {
  it("turns what is lost under it into an error, also in a read that is under way", async () => {
    const other = await createTestDevice();
    const { graph, y } = addRelu();
    const program = await compile(other, graph, { y });
    program.submit({ a: new Float32Array(4), b: new Float32Array(4) });
    const read = program.fetch();
    // As when the driver takes the device away: not by way of `Device.destroy`.
    other.gpu.destroy();
    await expect(read).rejects.toMatchObject({ code: "device-lost" });
    await expect(other.lost).resolves.toMatchObject({ code: "device-lost" });
    expect(() => program.submit()).toThrow(/lost/);
    other.destroy();
  });

  it("says that it was destroyed", async () => {
    const other = await createTestDevice();
    other.destroy();
    other.destroy();
    const { graph, y } = addRelu();
    await expect(compile(other, graph, { y })).rejects.toMatchObject({ code: "device-lost" });
  });
});
