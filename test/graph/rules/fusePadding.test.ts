import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gradients } from "../../../src/graph/autodiff.js";
import { Graph } from "../../../src/graph/graph.js";
import { fuseCropping, fusePadding } from "../../../src/graph/rules/fusePadding.js";
import type { Pads, Size2d } from "../../../src/kernels/common/window2d.js";
import { conv2d } from "../../../src/kernels/conv/conv2d.js";
import { conv2dBackpropFilter } from "../../../src/kernels/conv/conv2dBackpropFilter.js";
import { depthwiseConv2d } from "../../../src/kernels/conv/depthwiseConv2d.js";
import { multiply } from "../../../src/kernels/elementwise/binary.js";
import { relu } from "../../../src/kernels/elementwise/activation.js";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { float32, type Op } from "../../../src/kernels/op.js";
import { maxPool2d } from "../../../src/kernels/pool/maxPool2d.js";
import { zeroPad2d } from "../../../src/kernels/shape/pad.js";
import { mean } from "../../../src/kernels/shape/reduce.js";
import { uniform } from "../../reference/random.js";
import { expectClose } from "../../support/expectClose.js";
import { nodesAfter, opsAfter, withAndWithout } from "../../support/rules.js";
import { createTestDevice } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

interface Case {
  readonly op: Op<{ strides: Size2d; pads: Pads; activation: "linear" }>;
  readonly kernel: number[];
  readonly strides: Size2d;
  /** Of the padding and of the convolution. */
  readonly pads: readonly [Pads, Pads];
}

const around: Pads = [1, 1, 1, 1];
const none: Pads = [0, 0, 0, 0];
const cases: Case[] = [
  { op: conv2d, kernel: [3, 3, 4, 5], strides: [2, 2], pads: [[0, 1, 0, 1], none] },
  { op: conv2d, kernel: [3, 3, 4, 5], strides: [1, 1], pads: [around, around] },
  // Windows that see nothing but zeros.
  {
    op: conv2d,
    kernel: [3, 3, 4, 5],
    strides: [1, 1],
    pads: [
      [4, 0, 5, 3],
      [0, 1, 2, 0],
    ],
  },
  { op: depthwiseConv2d, kernel: [3, 3, 4, 1], strides: [2, 2], pads: [[0, 1, 0, 1], none] },
  { op: depthwiseConv2d, kernel: [3, 2, 4, 2], strides: [1, 2], pads: [[5, 4, 0, 3], around] },
];

function build({ op, kernel, strides, pads: [outer, inner] }: Case) {
  const graph = new Graph();
  const x = graph.input("x", float32(2, 6, 7, 4));
  const weights = graph.input("kernel", float32(...kernel));
  const padded = graph.add(zeroPad2d, [x], { pads: outer });
  const y = graph.add(op, [padded, weights], { strides, pads: inner, activation: "linear" });
  return { graph, x, weights, padded, y };
}

describe.each(cases.map((c) => [`${c.op.name} ${c.pads.join(" and ")}`, c] as const))("%s", (_, c) => {
  it("is one node that pads by both", () => {
    const { graph, x, weights, y } = build(c);
    const nodes = nodesAfter(graph, [y], [fusePadding]);
    expect(nodes).toHaveLength(1);
    const pads = c.pads[0].map((pad, side) => pad + c.pads[1][side]);
    expect(nodes[0]).toMatchObject({ op: c.op, inputs: [x, weights], outputs: [y], attrs: { pads } });
  });

  it("computes the same", async () => {
    const feeds = { x: uniform(1, [2, 6, 7, 4]).dataSync(), kernel: uniform(2, c.kernel).dataSync() };
    const [fused, plain] = await withAndWithout(device, () => build(c), feeds, [fusePadding]);
    expectClose(fused, plain, { absolute: 1e-5 });
  });
});

describe.each(cases.map((c) => [`${c.op.name} ${c.pads.join(" and ")}`, c] as const))(
  "a training of %s",
  (_, c) => {
    function train() {
      const { graph, x, weights, y } = build(c);
      const loss = graph.add(mean, [graph.add(multiply, [y, y], {})], {});
      const [forX, forKernel] = gradients(graph, loss, [x, weights]);
      return { graph, forX: forX!, forKernel: forKernel! };
    }

    it("pads in no step of its own, and crops in none", () => {
      const { graph, forX, forKernel } = train();
      const nodes = nodesAfter(graph, [forX, forKernel], [fusePadding, fuseCropping]);
      const ops = nodes.map(({ op }) => op.name);
      expect(ops).not.toContain("zero_pad2d");
      expect(ops).not.toContain("crop2d");
      expect(nodes.find(({ op }) => op === conv2dBackpropFilter)!.inputs[0]).toBe(graph.inputs.get("x"));
    });

    it.each(["forX", "forKernel"] as const)("gives the same gradient: %s", async (which) => {
      const feeds = { x: uniform(1, [2, 6, 7, 4]).dataSync(), kernel: uniform(2, c.kernel).dataSync() };
      const trace = () => {
        const { graph, [which]: y } = train();
        return { graph, y };
      };
      const [fused, plain] = await withAndWithout(device, trace, feeds, [fusePadding, fuseCropping]);
      expectClose(fused, plain, { absolute: 1e-6 });
    });
  },
);

describe("a padding stays where", () => {
  it("something else reads it", () => {
    const { graph, x, padded, y } = build(cases[0]);
    const other = graph.add(relu, [padded], {});
    const nodes = nodesAfter(graph, [y, other], [fusePadding]);
    expect(nodes.map(({ op }) => op.name)).toEqual(["zero_pad2d", "conv2d", "relu"]);
    expect(nodes[1].inputs[0]).toBe(padded);
    expect(nodesAfter(graph, [y, padded], [fusePadding])[1].inputs[0]).not.toBe(x);
  });

  it("it is no convolution that reads it: zeros are no padding of a maximum", () => {
    const graph = new Graph();
    const padded = graph.add(zeroPad2d, [graph.input("x", float32(1, 4, 4, 2))], { pads: around });
    const [y] = graph.apply(maxPool2d, [padded], { poolSize: [2, 2], strides: [2, 2], pads: none });
    expect(opsAfter(graph, [y], [fusePadding])).toEqual(["zero_pad2d", "max_pool2d"]);
  });

  it("it is the kernel that is padded", () => {
    const graph = new Graph();
    const kernel = graph.add(zeroPad2d, [graph.input("kernel", float32(3, 1, 2, 5))], { pads: around });
    const x = graph.input("x", float32(1, 6, 6, 4));
    const y = graph.add(conv2d, [x, kernel], { strides: [1, 1], pads: none, activation: "linear" });
    expect(opsAfter(graph, [y], [fusePadding])).toEqual(["zero_pad2d", "conv2d"]);
  });
});
