import { describe, expect, it } from "vitest";
import { Graph } from "../../../src/graph/graph.js";
import { fuseMaxPool } from "../../../src/graph/rules/fuseMaxPool.js";
import { conv2d } from "../../../src/kernels/conv/conv2d.js";
import { relu } from "../../../src/kernels/elementwise/activation.js";
import { float32, type Value } from "../../../src/kernels/op.js";
import { maxPool2d, type MaxPool2dAttrs } from "../../../src/kernels/pool/maxPool2d.js";
import { nodesAfter, opsAfter } from "../../support/rules.js";

// What the fused op computes is in test/kernels/conv/conv2dMaxPool.test.ts.

const pool: MaxPool2dAttrs = { poolSize: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] };

function convolutionAndPool(attrs = pool) {
  const graph = new Graph();
  const x = graph.input("x", float32(1, 8, 8, 4));
  const kernel = graph.input("kernel", float32(3, 3, 4, 4));
  const window = { strides: [1, 1], pads: [1, 1, 1, 1], activation: "relu" } as const;
  const z = graph.scoped("conv", () => graph.add(conv2d, [x, kernel], window));
  const [y, argmax] = graph.scoped("pool", () => graph.apply(maxPool2d, [z], attrs));
  return { graph, z, y, argmax };
}

const fusedNames = (graph: Graph, outputs: Value[]) => opsAfter(graph, outputs, [fuseMaxPool]);

describe("a convolution and the pooling of its result", () => {
  it("become one node, of both layers, with the pooling's output", () => {
    const { graph, y } = convolutionAndPool();
    const [node, ...others] = nodesAfter(graph, [y], [fuseMaxPool]);
    expect(others).toEqual([]);
    expect(node.op.name).toBe("conv2d_max_pool");
    expect(node.scope).toBe("conv + pool");
    expect(node.outputs).toEqual([y]);
  });

  it("stay two where something else reads the convolution's result", () => {
    const { graph, z, y } = convolutionAndPool();
    const other = graph.add(relu, [z], {});
    expect(fusedNames(graph, [y, other])).toEqual(["conv2d", "max_pool2d", "relu"]);
    expect(fusedNames(graph, [y, z])).toEqual(["conv2d", "max_pool2d"]);
  });

  it("stay two where the maximum's place is read, as a backward pass does", () => {
    const { graph, y, argmax } = convolutionAndPool();
    expect(fusedNames(graph, [y, argmax])).toEqual(["conv2d", "max_pool2d"]);
  });

  it("stay two where the windows are others", () => {
    for (const attrs of [
      { ...pool, strides: [1, 1] },
      { ...pool, poolSize: [3, 3] },
      { ...pool, pads: [0, 1, 0, 1] },
    ] as MaxPool2dAttrs[]) {
      const { graph, y } = convolutionAndPool(attrs);
      expect(fusedNames(graph, [y])).toEqual(["conv2d", "max_pool2d"]);
    }
  });
});
