import { describe, expect, it } from "vitest";
import { Graph, type Node } from "../../src/graph/graph.js";
import { liveNodes, mutatedInputs, storageOf, withEarlyWrites } from "../../src/graph/passes.js";
import { planProgram } from "../../src/graph/plan/programPlan.js";
import { Variable } from "../../src/graph/variable.js";
import { relu } from "../../src/kernels/elementwise/activation.js";
import { add } from "../../src/kernels/elementwise/binary.js";
import { float32, type Value } from "../../src/kernels/op.js";
import { reshape } from "../../src/kernels/shape/reshape.js";
import { sgdUpdate } from "../../src/kernels/training/sgdUpdate.js";
import { mulberry32 } from "../../src/models/random.js";
import { testCaps } from "../support/caps.js";

const plainSgd = { momentum: 0, nesterov: false };

describe("dead code", () => {
  it("is not lowered", () => {
    const graph = new Graph();
    const x = graph.input("x", float32(4));
    const used = graph.add(relu, [x], {});
    graph.add(add, [used, used], {});
    expect(liveNodes(graph, [used])).toHaveLength(1);
  });
});

describe("early writes", () => {
  /** What each node reads, as (value, how often it had been written): in the order of the nodes' ids. */
  function reads(nodes: readonly Node[]): string[] {
    const storage = storageOf(nodes);
    const writes = new Map<number, number>();
    const seen: string[] = [];
    for (const node of nodes) {
      const ids = node.inputs.map(storage);
      seen[node.id] = ids.map((id) => `%${id}.${writes.get(id) ?? 0}`).join();
      for (const i of mutatedInputs(node)) writes.set(ids[i], (writes.get(ids[i]) ?? 0) + 1);
    }
    return seen;
  }

  it.each([1, 2, 3, 4, 5, 6])("leave every node what it read before (graph %i)", (seed) => {
    const random = mulberry32(seed);
    const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)];
    const graph = new Graph();
    const hyper = graph.input("hyper", float32(4));
    const variables = ["v", "w", "z"].map((name) => graph.variable(new Variable(name, [8])));
    const values: Value[] = [graph.input("x", float32(8)), ...variables];
    for (let i = 0; i < 60; i++) {
      const draw = random();
      if (draw < 0.3)
        graph.apply(sgdUpdate, [pick(variables), pick(values.slice(4)) ?? values[0], hyper], plainSgd);
      else if (draw < 0.4) values.push(graph.add(reshape, [pick(values)], { shape: [8] }));
      else values.push(graph.add(add, [pick(values), pick(values)], {}));
    }
    const moved = withEarlyWrites(graph.nodes);
    expect(new Set(moved)).toEqual(new Set(graph.nodes));
    expect(moved).not.toEqual(graph.nodes);
    expect(reads(moved)).toEqual(reads(graph.nodes));
  });

  it("free each gradient before the next one is made", () => {
    const graph = new Graph();
    const hyper = graph.input("hyper", float32(4));
    const weights = Array.from({ length: 10 }, (_, i) => graph.variable(new Variable(`w${i}`, [100])));
    const grads = weights.map((w) => graph.add(relu, [w], {}));
    weights.forEach((w, i) => graph.apply(sgdUpdate, [w, grads[i], hyper], plainSgd));
    expect(planProgram(graph, {}, testCaps).buffers.sizes).toEqual([400]);
  });
});
