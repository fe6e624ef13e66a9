import { afterAll, beforeAll, expect, it } from "vitest";
import { compile } from "../../../src/graph/compile.js";
import { Graph } from "../../../src/graph/graph.js";
import { cast, castTo } from "../../../src/kernels/shape/cast.js";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { relu } from "../../../src/kernels/elementwise/activation.js";
import { tensor } from "../../../src/tensor.js";
import { toFloat16, uniformFloat16 } from "../../reference/float16.js";
import { uniform } from "../../reference/random.js";
import { expectClose } from "../../support/expectClose.js";
import { createTestDevice, gradOp, runOp, withCaps } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const toHalf = { dtype: "float16" } as const;

it("the reference rounds as IEEE 754 says", () => {
  const cases = [1, -0.1, 1 / 3, 2049, 2051, 65504, 65519, 65520, 2 ** -24, 2 ** -25, 3 * 2 ** -26, 6e-5, 0];
  const rounded = [
    1,
    -0.0999755859375,
    0.333251953125,
    2048,
    2052,
    65504,
    65504,
    Infinity,
    2 ** -24,
    0,
    2 ** -24,
    1007 * 2 ** -24,
    0,
  ];
  expect(cases.map(toFloat16)).toEqual(rounded);
});

// An odd number takes the kernel of single elements, and leaves half a word of padding.
it.each([1, 3, 1001, 1024])("casts %d elements there and back", async (count) => {
  const [x] = [uniform(1, [count], -100, 100)];
  const [y] = await runOp(device, cast, [x], toHalf);
  // WGSL leaves it open to which of its two neighbours a number is rounded.
  expectClose(y.dataSync(), x.dataSync(), { relative: 2 ** -10, absolute: 2 ** -24 });
  expect(y.dataSync().map(toFloat16)).toEqual(y.dataSync());
  const halves = uniformFloat16(2, [count], -100, 100);
  const [same] = await runOp(device, cast, [halves], { dtype: "float32" }, { float16: [0] });
  expect(same.dataSync()).toEqual(halves.dataSync());
});

it("keeps zeros, small numbers and infinities", async () => {
  const values = [0, 2 ** -24, -(2 ** -15), 65504, 1e6, -1e6];
  const [y] = await runOp(device, cast, [tensor(values)], toHalf);
  expect([...y.dataSync()]).toEqual([0, 2 ** -24, -(2 ** -15), 65504, Infinity, -Infinity]);
});

it("has the cast back for a gradient", async () => {
  const [x, dy] = [uniform(1, [7]), uniformFloat16(2, [7])];
  const [dx] = await gradOp(device, cast, [x], toHalf, dy);
  expect(dx!.dataSync()).toEqual(dy.dataSync());
});

it("works in parts where a tensor is larger than a binding", async () => {
  const x = uniformFloat16(3, [1003]);
  const caps = { maxStorageBufferBindingSize: 1024 };
  const [y] = await runOp(device, cast, [x], toHalf, { caps });
  expect(y.dataSync()).toEqual(x.dataSync());
});

it("castTo adds nothing where the type is right already", () => {
  const graph = new Graph();
  const x = graph.input("x", { shape: [3], dtype: "float32" });
  expect(castTo(graph, x, "float32")).toBe(x);
  expect(castTo(graph, x, "float16").dtype).toBe("float16");
  expect(graph.nodes).toHaveLength(1);
});

it("neither takes float16 from the host nor gives it there", async () => {
  const graph = new Graph();
  expect(() => graph.input("x", { shape: [3], dtype: "float16" })).toThrow(
    "input x: the host has no float16 (3,); cast it to float32 within the graph",
  );
  const y = castTo(graph, graph.input("x", { shape: [3], dtype: "float32" }), "float16");
  await expect(compile(device, graph, { y })).rejects.toThrow("output y: the host has no float16 (3,)");
});

it("is refused where the adapter has no shader-f16", async () => {
  const run = runOp(withCaps(device, { f16: false }), relu, [uniform(1, [4])], {}, { float16: [0] });
  await expect(run).rejects.toThrow("cast: float16 needs an adapter with shader-f16");
});
