/** What holds for every rewrite rule. What each of them does is in test/graph/rules. */
import { describe, expect, it } from "vitest";
import { gradients } from "../../src/graph/autodiff.js";
import { planWithin } from "../../src/graph/recompute/fitMemory.js";
import { Graph } from "../../src/graph/graph.js";
import { rewritten } from "../../src/graph/rules/rewrite.js";
import { rules } from "../../src/graph/rules/index.js";
import { defineRule } from "../../src/graph/rules/rule.js";
import { Variable } from "../../src/graph/variable.js";
import { conv2d } from "../../src/kernels/conv/conv2d.js";
import { relu } from "../../src/kernels/elementwise/activation.js";
import { biasAdd } from "../../src/kernels/elementwise/biasAdd.js";
import { fill, scale } from "../../src/kernels/elementwise/elementwise.js";
import { float32, type Value } from "../../src/kernels/op.js";
import { mean } from "../../src/kernels/shape/reduce.js";
import { sgdUpdate } from "../../src/kernels/training/sgdUpdate.js";
import { testCaps } from "../support/caps.js";

const window = { strides: [1, 1], pads: [1, 1, 1, 1], activation: "linear" } as const;

function convolution() {
  const graph = new Graph();
  const x = graph.input("x", float32(1, 8, 8, 4));
  const kernel = graph.variable(new Variable("kernel", [3, 3, 4, 4]));
  const bias = graph.variable(new Variable("bias", [4]));
  const z = graph.add(biasAdd, [graph.add(conv2d, [x, kernel], window), bias], {});
  return { graph, x, kernel, bias, z };
}

const opsOf = (graph: Graph, ...outputs: Value[]) =>
  rewritten(graph, outputs, rules).nodes.map((node) => node.op.name);

describe("a rewritten trace", () => {
  it("is the live part of it where no rule matches, node for node", () => {
    const { graph, z } = convolution();
    const y = graph.add(relu, [z], {});
    expect(rewritten(graph, [y], []).nodes).toEqual(graph.nodes);
    expect(rewritten(graph, [y], []).nodes.every((node, i) => node === graph.nodes[i])).toBe(true);
    graph.add(scale, [y], { factor: 2 });
    expect(rewritten(graph, [y], []).nodes).toEqual(graph.nodes.slice(0, 3));
  });

  it("is not rewritten any further", () => {
    const { graph, z } = convolution();
    const y = graph.add(relu, [z], {});
    const once = rewritten(graph, [y], rules);
    const twice = rewritten(once, [y], rules);
    expect(twice.nodes.every((node, i) => node === once.nodes[i])).toBe(true);
  });

  it("has numbered nodes, and knows where its backward pass begins", () => {
    const { graph, kernel, bias, z } = convolution();
    const y = graph.add(relu, [z], {});
    const loss = graph.add(mean, [y], {});
    const grads = gradients(graph, loss, [kernel, bias]);
    const trace = rewritten(graph, [loss, ...grads.map((grad) => grad!)], rules);
    expect(trace.nodes.map(({ id }) => id)).toEqual(trace.nodes.map((_, i) => i));
    const { from, wrt } = trace.backward!;
    expect(trace.nodes.slice(0, from).map(({ op }) => op.name)).toEqual(["conv2d", "mean"]);
    expect(wrt).toEqual([kernel, bias]);
  });

  it("counts what runs again by the nodes that are left", () => {
    const { graph, kernel, bias, z } = convolution();
    const layer = (x: Value) =>
      graph.add(relu, [graph.add(biasAdd, [graph.add(conv2d, [x, kernel], window), bias], {})], {});
    const y = Array.from({ length: 12 }, () => layer).reduce((x, of) => of(x), z);
    const grads = gradients(graph, graph.add(mean, [y], {}), [kernel, bias]);
    const outputs = { kernel: grads[0]!, bias: grads[1]! };
    const plain = planWithin(graph, outputs, testCaps, Infinity);
    const { recomputation, lowered } = planWithin(graph, outputs, testCaps, plain.memory.total - 1);
    const again = lowered.steps.filter(({ node }) => node.original);
    expect(again.length).toBeGreaterThan(0);
    expect(again.every(({ node }) => node.op === conv2d)).toBe(true);
    const flops = again.flatMap(({ launches }) => launches).reduce((sum, l) => sum + (l.flops ?? 0), 0);
    expect(recomputation).toMatchObject({ nodes: again.length, flops });
  });
});

describe("two nodes stay two where", () => {
  it("a variable that the first one reads is written between them", () => {
    for (const name of ["kernel", "bias"] as const) {
      const traced = convolution();
      const { graph, z } = traced;
      const gradient = graph.input("gradient", traced[name]);
      const hyper = graph.input("hyper", float32(4));
      graph.apply(sgdUpdate, [traced[name], gradient, hyper], { momentum: 0, nesterov: false });
      expect(opsOf(graph, graph.add(relu, [z], {}))).toEqual(["conv2d", "sgd_update", "relu"]);
    }
  });

  it("the first belongs to the forward pass, which may be run twice, and the second to the backward pass", () => {
    const { graph, z } = convolution();
    graph.beginBackward([]);
    expect(opsOf(graph, graph.add(relu, [z], {}))).toEqual(["conv2d", "relu"]);
  });
});

it("a rule that gives something else is at fault, and named", () => {
  const wrong = defineRule({
    name: "wrong",
    match: (node) => (node.op === relu ? node : undefined),
    rewrite: (_, g) => g.apply(fill, [], { shape: [2], value: 0 })[0],
  });
  const { graph, z } = convolution();
  const y = graph.add(relu, [z], {});
  expect(() => rewritten(graph, [y], [wrong])).toThrow(
    /rule wrong does not give float32 \(1, 8, 8, 4\) last/,
  );
});

it("rules have names of their own", () => {
  expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
});
