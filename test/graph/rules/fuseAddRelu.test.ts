import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gradients } from "../../../src/graph/autodiff.js";
import { Graph } from "../../../src/graph/graph.js";
import { fuseAddRelu } from "../../../src/graph/rules/fuseAddRelu.js";
import { relu, relu6 } from "../../../src/kernels/elementwise/activation.js";
import { add, subtract } from "../../../src/kernels/elementwise/binary.js";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { float32, type Op } from "../../../src/kernels/op.js";
import { mean } from "../../../src/kernels/shape/reduce.js";
import { uniform } from "../../reference/random.js";
import { nodesAfter, opsAfter, withAndWithout } from "../../support/rules.js";
import { createTestDevice } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const shape = [2, 5, 7, 3];

function build({ sum = add, activation = relu }: { sum?: Op<object>; activation?: Op<object> } = {}) {
  const graph = new Graph();
  const inputs = [graph.input("a", float32(...shape)), graph.input("b", float32(...shape))];
  const z = graph.add(sum, inputs, {});
  return { graph, inputs, z, y: graph.add(activation, [z], {}) };
}

const feeds = { a: uniform(1, shape).dataSync(), b: uniform(2, shape).dataSync() };

describe("a sum and its relu", () => {
  it("become one node", () => {
    const { graph, inputs, y } = build();
    const nodes = nodesAfter(graph, [y], [fuseAddRelu]);
    expect(nodes).toHaveLength(1);
    expect(nodes[0]).toMatchObject({ op: { name: "add_relu" }, inputs, outputs: [y] });
  });

  it("compute the same", async () => {
    const [fused, plain] = await withAndWithout(device, build, feeds, [fuseAddRelu]);
    expect(fused).toEqual(plain);
    expect(plain.some((value) => value === 0)).toBe(true);
  });

  it("become one in training too, where the gradient reads the relu's result", async () => {
    const trace = () => {
      const { graph, inputs, y } = build();
      const loss = graph.add(mean, [y], {});
      const [da] = gradients(graph, loss, inputs);
      return { graph, y: da! };
    };
    const { graph, y } = trace();
    const ops = opsAfter(graph, [y], [fuseAddRelu]);
    expect(ops).toContain("add_relu");
    expect(ops).not.toContain("add");
    const [fused, plain] = await withAndWithout(device, trace, feeds, [fuseAddRelu]);
    expect(fused).toEqual(plain);
  });

  it("stay two where the sum is read elsewhere or is an output", () => {
    const { graph, z, y } = build();
    expect(opsAfter(graph, [y, z], [fuseAddRelu])).toEqual(["add", "relu"]);
    const again = graph.add(add, [y, z], {});
    expect(opsAfter(graph, [again], [fuseAddRelu])).toEqual(["add", "relu", "add"]);
  });

  it("stay two where it is another activation, or no sum", () => {
    const other = build({ activation: relu6 });
    expect(opsAfter(other.graph, [other.y], [fuseAddRelu])).toEqual(["add", "relu6"]);
    const difference = build({ sum: subtract });
    expect(opsAfter(difference.graph, [difference.y], [fuseAddRelu])).toEqual(["subtract", "relu"]);
  });
});
