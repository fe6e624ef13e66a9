import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gradients } from "../../../src/graph/autodiff.js";
import { Graph } from "../../../src/graph/graph.js";
import { foldBatchNorm } from "../../../src/graph/rules/foldBatchNorm.js";
import { fuseActivation } from "../../../src/graph/rules/fuseActivation.js";
import { fuseMaxPool } from "../../../src/graph/rules/fuseMaxPool.js";
import { activationOps, relu, relu6, sigmoid } from "../../../src/kernels/elementwise/activation.js";
import { multiply } from "../../../src/kernels/elementwise/binary.js";
import { softmax } from "../../../src/kernels/elementwise/softmax.js";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { float32, type Op } from "../../../src/kernels/op.js";
import { batchNormInference } from "../../../src/kernels/norm/batchNorm.js";
import type { BatchNormAttrs } from "../../../src/kernels/norm/batchNormInputs.js";
import { batchNormTraining } from "../../../src/kernels/norm/batchNormTraining.js";
import { maxPool2d } from "../../../src/kernels/pool/maxPool2d.js";
import { castTo } from "../../../src/kernels/shape/cast.js";
import { mean } from "../../../src/kernels/shape/reduce.js";
import type { FloatType } from "../../../src/tensor.js";
import { uniform } from "../../reference/random.js";
import { expectClose } from "../../support/expectClose.js";
import { nodesAfter, opsAfter, withAndWithout } from "../../support/rules.js";
import { createTestDevice } from "../../support/run.js";
import { feedsOf, namedProducts, products, type Product } from "./products.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

function build({ op, x, kernel, attrs }: Product, activation: Op<object>, dtype: FloatType = "float32") {
  const graph = new Graph();
  const given = castTo(graph, graph.input("x", float32(...x)), dtype);
  const weights = graph.input("kernel", float32(...kernel));
  const z = graph.scoped("conv", () => graph.add(op, [given, weights], attrs));
  const y = graph.scoped("active", () => graph.add(activation, [z], {}));
  return { graph, weights, z, y };
}

describe.each(namedProducts)("%s and an activation", (name, c) => {
  it.each([relu, relu6, sigmoid, activationOps.silu])("become one node: $name", (activation) => {
    const { graph, y } = build(c, activation);
    const nodes = nodesAfter(graph, [y], [fuseActivation]);
    expect(nodes).toHaveLength(1);
    const attrs = { ...c.attrs, activation: activation.name };
    expect(nodes[0]).toMatchObject({ op: c.op, outputs: [y], attrs, scope: "conv + active" });
  });

  it.each([relu, relu6])("compute the same bits, in float32 and in float16: $name", async (activation) => {
    for (const dtype of ["float32", "float16"] as const) {
      const trace = () => build(c, activation, dtype);
      const [fused, plain] = await withAndWithout(device, trace, feedsOf(c), [fuseActivation]);
      expect(fused).toEqual(plain);
    }
  });

  it.each([sigmoid, activationOps.hard_silu])("compute the same $name", async (activation) => {
    const trace = () => build(c, activation);
    const [fused, plain] = await withAndWithout(device, trace, feedsOf(c), [fuseActivation]);
    expectClose(fused, plain);
  });

  it("stay two where the product is read elsewhere, or has an activation", () => {
    const { graph, z, y } = build(c, relu);
    expect(opsAfter(graph, [y, z], [fuseActivation])).toEqual([name, "relu"]);
    const other = graph.add(sigmoid, [z], {});
    expect(opsAfter(graph, [y, other], [fuseActivation])).toEqual([name, "relu", "sigmoid"]);
    const active = build({ ...c, attrs: { ...c.attrs, activation: "relu6" } }, relu);
    expect(opsAfter(active.graph, [active.y], [fuseActivation])).toEqual([name, "relu"]);
  });

  it("stay two where the activation looks at several channels", () => {
    const { graph, y } = build(c, softmax);
    expect(opsAfter(graph, [y], [fuseActivation])).toEqual([name, "softmax"]);
  });
});

it("an activation fuses with its convolution in a training, too: its gradient reads what comes out of it", () => {
  const { graph, weights, y } = build(products[0], relu);
  const [gradient] = gradients(graph, graph.add(mean, [y], {}), [weights]);
  const ops = opsAfter(graph, [gradient!], [fuseActivation]);
  expect(ops).not.toContain("relu");
  expect(ops.slice(0, 2)).toEqual(["conv2d", "fill"]);
  expect(ops).toContain("activation_grad");
});

it("an activation after the pooling of a convolution goes before that, as both never decrease", async () => {
  const trace = () => {
    const { graph, z } = build({ ...products[0], x: [1, 6, 8, 3] }, relu);
    const [pooled] = graph.apply(maxPool2d, [z], { poolSize: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] });
    return { graph, y: graph.add(relu, [pooled], {}) };
  };
  const applied = [fuseActivation, fuseMaxPool];
  const { graph, y } = trace();
  expect(nodesAfter(graph, [y], applied)).toMatchObject([
    { op: { name: "conv2d_max_pool" }, attrs: { activation: "relu" } },
  ]);
  const feeds = feedsOf({ ...products[0], x: [1, 6, 8, 3] });
  const [fused, plain] = await withAndWithout(device, trace, feeds, applied);
  expect(fused).toEqual(plain);
});

it("an activation of an input, and one after another, stay as they are", () => {
  const graph = new Graph();
  const x = graph.input("x", float32(4));
  const y = graph.add(relu6, [graph.add(relu, [x], {})], {});
  expect(opsAfter(graph, [y], [fuseActivation])).toEqual(["relu", "relu6"]);
});

it("one whose gradient reads its input stays a node of its own in a training", () => {
  const { graph, weights, y } = build(products[0], activationOps.silu);
  const [gradient] = gradients(graph, graph.add(mean, [y], {}), [weights]);
  expect(opsAfter(graph, [gradient!, y], [fuseActivation]).slice(0, 2)).toEqual(["conv2d", "silu"]);
});

describe("a normalization and its activation", () => {
  const shape = [3, 4, 5, 6];
  const attrs: BatchNormAttrs = { epsilon: 1e-3, scale: true, center: false };
  const feeds = { x: uniform(1, shape, -3, 3).dataSync(), gamma: uniform(2, [6], 0.5, 2).dataSync() };

  function normalized() {
    const graph = new Graph();
    const [x, gamma] = [graph.input("x", float32(...shape)), graph.input("gamma", float32(6))];
    const [z, mean, variance] = graph.apply(batchNormTraining, [x, gamma], attrs);
    // What reads the statistics comes before the activation, as the update of the moving ones does.
    const spread = graph.add(multiply, [mean, variance], {});
    return { graph, x, gamma, z, spread, y: graph.add(relu, [z], {}) };
  }

  it("become one node in a training, which keeps its statistics and its place", () => {
    const { graph, x, gamma, y, spread } = normalized();
    const [gradient] = gradients(graph, graph.add(mean, [y], {}), [gamma]);
    const nodes = nodesAfter(graph, [y, spread, gradient!], [fuseActivation]);
    expect(nodes.slice(0, 2).map(({ op }) => op.name)).toEqual(["batch_norm_training", "multiply"]);
    expect(nodes.map(({ op }) => op.name)).not.toContain("relu");
    expect(nodes[0]).toMatchObject({ inputs: [x, gamma], attrs: { ...attrs, activation: "relu" } });
    expect(nodes[0].outputs[0]).toBe(y);
    expect(nodes[1].inputs).toEqual(nodes[0].outputs.slice(1));
  });

  it.each(["y", "spread", "gradient"] as const)("compute the same bits: %s", async (which) => {
    const trace = () => {
      const { graph, gamma, y, spread } = normalized();
      const [gradient] = gradients(graph, graph.add(mean, [graph.add(multiply, [y, y], {})], {}), [gamma]);
      return { graph, y: { y, spread, gradient: gradient! }[which] };
    };
    const [fused, plain] = await withAndWithout(device, trace, feeds, [fuseActivation]);
    expect(fused).toEqual(plain);
  });

  it("stay two where the normalized values are read elsewhere", () => {
    const { graph, z, y, spread } = normalized();
    const ops = opsAfter(graph, [y, spread, graph.add(sigmoid, [z], {})], [fuseActivation]);
    expect(ops).toEqual(["batch_norm_training", "multiply", "relu", "sigmoid"]);
  });

  it("become one node by fixed statistics, too", async () => {
    const trace = () => {
      const graph = new Graph();
      const [x, gamma] = [graph.input("x", float32(...shape)), graph.input("gamma", float32(6))];
      const z = graph.add(batchNormInference, [x, gamma, gamma, gamma], attrs);
      return { graph, y: graph.add(relu6, [z], {}) };
    };
    const { graph, y } = trace();
    expect(opsAfter(graph, [y], [fuseActivation, foldBatchNorm])).toEqual(["batch_norm_inference"]);
    const [fused, plain] = await withAndWithout(device, trace, feeds, [fuseActivation]);
    expect(fused).toEqual(plain);
  });
});
