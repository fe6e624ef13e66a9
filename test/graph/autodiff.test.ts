import { describe, expect, it } from "vitest";
import { gradients } from "../../src/graph/autodiff.js";
import { Graph } from "../../src/graph/graph.js";
import { Variable } from "../../src/graph/variable.js";
import { relu } from "../../src/kernels/elementwise/activation.js";
import { biasAdd } from "../../src/kernels/elementwise/biasAdd.js";
import { add } from "../../src/kernels/elementwise/binary.js";
import { defineOp, float32, type Value } from "../../src/kernels/op.js";
import { mean } from "../../src/kernels/shape/reduce.js";

const names = (graph: Graph, from: number) => graph.nodes.slice(from).map((n) => n.op.name);

/** x → relu(x + b1) → relu(· + b2) → mean */
function twoLayers() {
  const graph = new Graph();
  const biases = ["b1", "b2"].map((name) => graph.variable(new Variable(name, [3])));
  const layer = (x: Value, b: Value) => graph.add(relu, [graph.add(biasAdd, [x, b], {})], {});
  const y = biases.reduce(layer, graph.input("x", float32(5, 3)));
  return { graph, biases, loss: graph.add(mean, [y], {}) };
}

describe("gradients", () => {
  it("visits nothing below the first trainable variable", () => {
    const whole = twoLayers();
    const start = whole.graph.nodes.length;
    gradients(whole.graph, whole.loss, whole.biases);
    const both = names(whole.graph, start);

    const top = twoLayers();
    gradients(top.graph, top.loss, [top.biases[1]]);
    const one = names(top.graph, start);
    expect(both.filter((n) => n === "activation_grad")).toHaveLength(2);
    expect(one.filter((n) => n === "activation_grad")).toHaveLength(1);
    expect(one.filter((n) => n === "bias_add_grad")).toHaveLength(1);
  });

  it("adds up what reaches a value on several ways", () => {
    const graph = new Graph();
    const x = graph.input("x", float32(4));
    const y = graph.add(add, [x, x], {});
    const start = graph.nodes.length;
    const [grad] = gradients(graph, graph.add(mean, [y], {}), [x]);
    expect(grad?.shape).toEqual([4]);
    expect(names(graph, start).filter((n) => n === "add")).toHaveLength(1);
  });

  it("is undefined where the loss does not depend on the variable", () => {
    const { graph, loss } = twoLayers();
    const stranger = graph.variable(new Variable("stranger", [3]));
    expect(gradients(graph, loss, [stranger])).toEqual([undefined]);
  });

  it("names the op and the layer that has no gradient", () => {
    const opaque = defineOp<object>({ name: "opaque", infer: ([x]) => [x], lower: () => undefined });
    const graph = new Graph();
    const x = graph.input("x", float32(2));
    const y = graph.scoped("head", () => graph.add(opaque, [x], {}));
    expect(() => gradients(graph, graph.add(mean, [y], {}), [x])).toThrow(
      /opaque \(layer head\) has no gradient/,
    );
  });

  it("wants a scalar, or a seed of the output's shape", () => {
    const graph = new Graph();
    const x = graph.input("x", float32(2));
    const y = graph.add(relu, [x], {});
    expect(() => gradients(graph, y, [x])).toThrow(/scalar/);
    expect(gradients(graph, y, [x], graph.input("dy", float32(2)))[0]?.shape).toEqual([2]);
  });
});
