import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Graph } from "../../../src/graph/graph.js";
import { fuseBias } from "../../../src/graph/rules/fuseBias.js";
import { biasAdd } from "../../../src/kernels/elementwise/biasAdd.js";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { float32 } from "../../../src/kernels/op.js";
import { uniform } from "../../reference/random.js";
import { expectClose } from "../../support/expectClose.js";
import { nodesAfter, opsAfter, withAndWithout } from "../../support/rules.js";
import { createTestDevice } from "../../support/run.js";
import { feedsOf, namedProducts, type Product } from "./products.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

function build({ op, x, kernel, channels, attrs }: Product) {
  const graph = new Graph();
  const inputs = [graph.input("x", float32(...x)), graph.input("kernel", float32(...kernel))];
  const bias = graph.input("bias", float32(channels));
  const z = graph.add(op, inputs, attrs);
  const y = graph.add(biasAdd, [z, bias], {});
  return { graph, inputs, bias, z, y };
}

describe.each(namedProducts)("%s and a bias", (name, c) => {
  it("become one node with three inputs", () => {
    const { graph, inputs, bias, y } = build(c);
    const nodes = nodesAfter(graph, [y], [fuseBias]);
    expect(nodes).toHaveLength(1);
    expect(nodes[0]).toMatchObject({ op: c.op, inputs: [...inputs, bias], outputs: [y], attrs: c.attrs });
  });

  it("compute the same", async () => {
    const feeds = { ...feedsOf(c), bias: uniform(3, [c.channels]).dataSync() };
    const [fused, plain] = await withAndWithout(device, () => build(c), feeds, [fuseBias]);
    expectClose(fused, plain);
  });

  it("stay two where the product is read elsewhere, or has a bias or an activation", () => {
    const { graph, z, y, bias } = build(c);
    expect(opsAfter(graph, [y, z], [fuseBias])).toEqual([name, "bias_add"]);
    const again = graph.add(biasAdd, [y, bias], {});
    expect(opsAfter(graph, [again], [fuseBias])).toEqual([name, "bias_add"]);
    const active = build({ ...c, attrs: { ...c.attrs, activation: "relu" } });
    expect(opsAfter(active.graph, [active.y], [fuseBias])).toEqual([name, "bias_add"]);
  });
});
