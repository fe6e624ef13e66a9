/** Values that a program makes of variables which it leaves as they are. A kernel's transform is in derived.test.ts. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compile } from "../../src/graph/compile.js";
import { Graph } from "../../src/graph/graph.js";
import { planProgram } from "../../src/graph/plan/programPlan.js";
import { Variable } from "../../src/graph/variable.js";
import { relu } from "../../src/kernels/elementwise/activation.js";
import { add, multiply } from "../../src/kernels/elementwise/binary.js";
import { fill, scale } from "../../src/kernels/elementwise/elementwise.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { float32, type Value } from "../../src/kernels/op.js";
import { sgdUpdate } from "../../src/kernels/training/sgdUpdate.js";
import { testCaps } from "../support/caps.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const variable = (...values: number[]) => new Variable("v", [values.length], () => Float32Array.from(values));

/** y = x + 2a·b */
function scaled(a: Variable, b: Variable) {
  const graph = new Graph();
  const product = graph.add(multiply, [graph.variable(a), graph.variable(b)], {});
  const constant = graph.add(scale, [product], { factor: 2 });
  const y = graph.add(add, [graph.input("x", float32(2)), constant], {});
  return { graph, y, constant };
}

const x = Float32Array.of(100, 200);

describe("what is made of constants alone", () => {
  it("follows each of them, whoever writes it", async () => {
    const [a, b] = [variable(1, 2), variable(3, 4)];
    const { graph, y } = scaled(a, b);
    const program = await compile(device, graph, { y });
    const run = async () => [...(await program.run({ x })).y];
    expect(await run()).toEqual([106, 216]);
    a.write(Float32Array.of(5, 6));
    expect(await run()).toEqual([130, 248]);
    b.write(Float32Array.of(0, 1));
    expect(await run()).toEqual([100, 212]);
    const update = new Graph();
    const [gradient, hyper] = [update.input("gradient", float32(2)), update.input("hyper", float32(4))];
    update.apply(sgdUpdate, [update.variable(b), gradient, hyper], { momentum: 0, nesterov: false });
    const step = await compile(device, update, {});
    step.submit({ gradient: Float32Array.of(-1, -1), hyper: Float32Array.of(1, 0, 0, 0) });
    expect(await run()).toEqual([110, 224]);
  });

  it("is not made in every run, and programs share it", async () => {
    const [a, b] = [variable(1, 2), variable(3, 4)];
    const programs = [];
    for (let i = 0; i < 2; i++) {
      const { graph, y } = scaled(a, b);
      programs.push(await compile(device, graph, { y }));
    }
    const [first, second] = programs;
    await first.run({ x });
    const [form] = second.plan.forms;
    expect(first.plan.forms.map(({ name }) => name)).toEqual([form.name]);
    device.write(a.form(form.name)!.buffer, Float32Array.of(7, 8));
    expect(b.form(form.name)).toBe(a.form(form.name));
    for (const program of programs) expect([...(await program.run({ x })).y]).toEqual([107, 208]);
    expect(second.recurring).toHaveLength(1);
    expect(second.toString()).toMatch(/^1 dispatches, 2 more when weights change; /);
    expect(second.toString().match(/\(when weights change\)$/gm)).toHaveLength(2);
  });

  it("is kept where a run reads it, and what leads to it is not", () => {
    const { graph, y } = scaled(variable(1, 2), variable(3, 4));
    const { memory, forms, lowered } = planProgram(graph, { y }, testCaps);
    expect(forms).toHaveLength(1);
    expect(forms[0].launches.size).toBe(2);
    expect(lowered.recurring.size).toBe(1);
    // The product lies where y does.
    expect(memory).toMatchObject({ derived: 8, intermediates: 8 });
  });

  it("can be fetched", async () => {
    const [a, b] = [variable(1, 2), variable(3, 4)];
    const { graph, y, constant } = scaled(a, b);
    const program = await compile(device, graph, { y, constant });
    expect([...(await program.run({ x })).constant]).toEqual([6, 16]);
    a.write(Float32Array.of(0, 1));
    expect([...(await program.run({ x })).constant]).toEqual([0, 8]);
  });

  it("is none where the program writes one of its variables", async () => {
    const [a, b] = [variable(1, 2), variable(3, 4)];
    const { graph, y } = scaled(a, b);
    const [gradient, hyper] = [graph.input("gradient", float32(2)), graph.input("hyper", float32(4))];
    graph.apply(sgdUpdate, [graph.variable(a), gradient, hyper], { momentum: 0, nesterov: false });
    const program = await compile(device, graph, { y });
    expect(program.plan.forms).toEqual([]);
    const step = { x, gradient: Float32Array.of(-1, -1), hyper: Float32Array.of(1, 0, 0, 0) };
    expect([...(await program.run(step)).y]).toEqual([106, 216]);
    expect([...(await program.run(step)).y]).toEqual([112, 224]);
  });

  it("may need what is made of nothing, which a run may need as well", async () => {
    const a = variable(1, 2);
    const graph = new Graph();
    const three = graph.add(fill, [], { shape: [2], value: 3 });
    const constant = graph.add(add, [graph.variable(a), three], {});
    const product = graph.add(multiply, [graph.input("x", float32(2)), three], {});
    const y = graph.add(add, [product, constant], {});
    const program = await compile(device, graph, { y });
    expect(program.plan.forms).toHaveLength(1);
    expect(program.recurring).toHaveLength(3);
    expect([...(await program.run({ x })).y]).toEqual([304, 605]);
    a.write(Float32Array.of(0, 0));
    expect([...(await program.run({ x })).y]).toEqual([303, 603]);
    expect([...(await program.run({ x })).y]).toEqual([303, 603]);
  });

  it("is named in time, however often one value is used", () => {
    const graph = new Graph();
    const double = (value: Value) => graph.add(add, [value, value], {});
    const y = Array.from({ length: 60 }, () => double).reduce(
      (value, of) => of(value),
      graph.variable(variable(1, 2)),
    );
    const [form] = planProgram(graph, { y }, testCaps).forms;
    expect(form.name.length).toBeLessThan(300);
    expect(form.launches.size).toBe(60);
  });

  it("differs by what it is made of, by which op, and by its attributes", () => {
    const [a, b] = [variable(1, 2), variable(1, 2)];
    const name = (make: (graph: Graph) => Value) => {
      const graph = new Graph();
      return planProgram(graph, { y: make(graph) }, testCaps).forms[0].name;
    };
    const names = [
      name((graph) => graph.add(scale, [graph.variable(a)], { factor: 2 })),
      name((graph) => graph.add(scale, [graph.variable(a)], { factor: 3 })),
      name((graph) => graph.add(scale, [graph.variable(b)], { factor: 2 })),
      name((graph) => graph.add(relu, [graph.variable(a)], {})),
      name((graph) => graph.add(multiply, [graph.variable(a), graph.variable(b)], {})),
      name((graph) => graph.add(multiply, [graph.variable(b), graph.variable(a)], {})),
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(name((graph) => graph.add(scale, [graph.variable(a)], { factor: 2 }))).toBe(names[0]);
  });
});
