import { describe, expect, it } from "vitest";
import { Graph } from "../../src/graph/graph.js";
import { lower } from "../../src/graph/plan/lower.js";
import { planBuffers } from "../../src/graph/plan/plan.js";
import { relu } from "../../src/kernels/elementwise/activation.js";
import { add } from "../../src/kernels/elementwise/binary.js";
import { float32, type Value } from "../../src/kernels/op.js";
import { reshape } from "../../src/kernels/shape/reshape.js";
import { mulberry32 } from "../../src/models/random.js";
import { byteLengthOf } from "../../src/tensor.js";
import { testCaps } from "../support/caps.js";

/** A random chain of unary and binary nodes over tensors of a few sizes. */
function randomGraph(seed: number): { graph: Graph; outputs: Value[] } {
  const random = mulberry32(seed);
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)];
  const graph = new Graph();
  const values: Value[] = [graph.input("a", float32(64)), graph.input("b", float32(1000))];
  for (let i = 0; i < 40; i++) {
    const x = pick(values);
    const same = values.filter((v) => v.shape.join() === x.shape.join());
    const draw = random();
    if (draw < 0.4) values.push(graph.add(relu, [x], {}));
    else if (draw < 0.8) values.push(graph.add(add, [x, pick(same)], {}));
    else values.push(graph.add(reshape, [x], { shape: [1, ...x.shape] }));
  }
  return { graph, outputs: [values[values.length - 1], pick(values.slice(2))] };
}

describe("the buffer plan", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("never gives two live values one buffer (graph %i)", (seed) => {
    const { graph, outputs } = randomGraph(seed);
    const lowered = lower(graph.nodes, outputs, new Map(), testCaps);
    const pinned = new Set([...graph.inputs.values()].map((v) => v.id));
    const plan = planBuffers(lowered, outputs, pinned);
    const kept = new Set(outputs.map((v) => lowered.slotOf(v)));
    const lastRead = new Map<number, number>();
    lowered.steps.forEach((s, t) => s.node.inputs.forEach((v) => lastRead.set(lowered.slotOf(v), t)));

    // Replays the program over the plan: every read must still find the value that was written there.
    const holds = new Map<number, number>();
    lowered.steps.forEach((step) => {
      for (const input of step.node.inputs) {
        const slot = lowered.slotOf(input);
        if (!pinned.has(slot)) expect(holds.get(plan.placement.get(slot)!)).toBe(slot);
      }
      for (const output of step.node.outputs) {
        const slot = lowered.slotOf(output);
        const buffer = plan.placement.get(slot)!;
        expect(plan.sizes[buffer]).toBeGreaterThanOrEqual(byteLengthOf(output));
        for (const input of step.node.inputs) {
          expect(plan.placement.get(lowered.slotOf(input))).not.toBe(buffer);
        }
        holds.set(buffer, slot);
      }
    });
    for (const slot of kept) {
      if (!pinned.has(slot)) expect(holds.get(plan.placement.get(slot)!)).toBe(slot);
    }
    expect(plan.bytes).toBeLessThan(plan.bytesUnshared);
  });

  it("needs two buffers for a chain, however long", () => {
    const graph = new Graph();
    let x = graph.input("x", float32(100));
    for (let i = 0; i < 20; i++) x = graph.add(relu, [x], {});
    const plan = planBuffers(lower(graph.nodes, [x], new Map(), testCaps), [x], new Set([0]));
    expect(plan.sizes).toEqual([400, 400]);
    expect(plan.bytesUnshared).toBe(20 * 400);
  });
});
