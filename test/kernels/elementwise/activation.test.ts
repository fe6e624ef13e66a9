import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { gradients } from "../../../src/graph/autodiff.js";
import { Graph } from "../../../src/graph/graph.js";
import { conv2d } from "../../../src/kernels/conv/conv2d.js";
import {
  activationGrad,
  activationOps,
  isMonotonic,
  nonlinearityOf,
  relu,
  relu6,
  sigmoid,
  type ElementwiseActivation,
} from "../../../src/kernels/elementwise/activation.js";
import { softmax } from "../../../src/kernels/elementwise/softmax.js";
import type { Op } from "../../../src/kernels/op.js";
import { tensor, type Shape, type Tensor } from "../../../src/tensor.js";
import {
  activationDerivative,
  activationDerivatives,
  activations,
  type ActivationParameters,
} from "../../reference/activation.js";
import { finiteDifference } from "../../reference/finiteDifference.js";
import { toFloat16, uniformFloat16 } from "../../reference/float16.js";
import { uniform } from "../../reference/random.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { itNeeds } from "../../support/needs.js";
import { createTestDevice, gradOp, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

// An odd size takes the kernel of single elements, a multiple of four that of vectors; both leave a last workgroup part empty.
const shapes = [{ shape: [1, 7, 3, 13] }, { shape: [2, 5, 8, 4] }, { shape: [1] }];

describe.each([{ op: relu }, { op: relu6 }, { op: sigmoid }])("$op.name", ({ op }) => {
  const name = op.name as "relu" | "relu6" | "sigmoid";
  const f = (x: Float64Array) => x.map(activations[name]);

  it.each(shapes)("agrees with the reference on $shape", async ({ shape }) => {
    const x = uniform(1, shape, -9, 9);
    const [y] = await runOp(device, op, [x], {});
    expect(y.shape).toEqual(shape);
    expectClose(y.dataSync(), f(float64(x)));
  });

  it("has the gradient of the reference, which finite differences confirm", async () => {
    const x = uniform(2, [3, 37], -9, 9);
    const dy = uniform(3, [3, 37]);
    const y = f(float64(x));
    const expected = float64(dy).map((value, i) => value * activationDerivatives[name](y[i]));
    expectClose(expected, finiteDifference(f, float64(x), float64(dy)), { absolute: 1e-8 });
    const [dx] = await gradOp(device, op, [x], {}, dy);
    expectClose(dx!.dataSync(), expected);
  });
});

/** Further activations, with parameters other than their defaults where they have any. */
const cases: { name: Exclude<ElementwiseActivation, "linear">; parameters?: ActivationParameters }[] = [
  ...(Object.keys(activationOps) as (keyof typeof activationOps)[]).map((name) => ({ name })),
  { name: "elu", parameters: { alpha: 2 } },
  { name: "celu", parameters: { alpha: 0.7 } },
  { name: "leaky_relu", parameters: { negativeSlope: 0.3 } },
  { name: "hard_shrink", parameters: { threshold: 1.5 } },
  { name: "soft_shrink", parameters: { threshold: 0 } },
  { name: "squareplus", parameters: { alpha: 0.5 } },
  { name: "general_relu", parameters: { negativeSlope: 0.2, maxValue: 5, threshold: 1 } },
  { name: "general_relu", parameters: { threshold: -2 } },
  { name: "general_relu", parameters: { maxValue: 6, threshold: -2 } },
  { name: "threshold", parameters: { threshold: 2, alpha: -1.5 } },
];

/** In [-9, 9), away from the corners that activations have at multiples of ½. */
function awayFromCorners(seed: number, shape: Shape): Tensor<"float32"> {
  const values = uniform(seed, shape, -9, 9).dataSync();
  return tensor(
    values.map((x) => (Math.abs(2 * x - Math.round(2 * x)) < 0.01 ? x + 0.02 : x)),
    shape,
  );
}

describe.each(cases)("$name with $parameters", ({ name, parameters = {} }) => {
  const op = activationOps[name] as Op<ActivationParameters>;
  const f = (x: number) =>
    (activations[name] as (x: number, p: ActivationParameters) => number)(x, parameters);

  it.each(shapes)("agrees with the reference on $shape", async ({ shape }) => {
    const x = uniform(1, shape, -9, 9);
    const [y] = await runOp(device, op, [x], parameters);
    expectClose(y.dataSync(), float64(x).map(f), { relative: 4e-6, absolute: 1e-6 });
  });

  it.each(shapes)("has the gradient of finite differences on $shape", async ({ shape }) => {
    const [x, dy] = [awayFromCorners(2, shape), uniform(3, shape)];
    const [dx] = await gradOp(device, op, [x], parameters, dy);
    const expected = float64(x).map((at, i) => dy.dataSync()[i] * activationDerivative(name, at, parameters));
    expectClose(dx!.dataSync(), expected, { relative: 4e-6, absolute: 2e-6 });
  });

  it("stays finite, and right, far out and near 0", async () => {
    const far = name === "exponential" ? 80 : 1e4;
    const x = tensor([-far, -90, -20, -1e-6, -1e-20, 0, 1e-20, 1e-6, 20, far]);
    const [y] = await runOp(device, op, [x], parameters);
    expectClose(y.dataSync(), float64(x).map(f), { relative: 1e-5, absolute: 1e-7 });
    const dy = tensor(new Float32Array(x.size).fill(1));
    const [dx] = await gradOp(device, op, [x], parameters, dy);
    expect([...dx!.dataSync()].filter((value) => !Number.isFinite(value))).toEqual([]);
  });

  itNeeds("shader-f16")("works on float16", async () => {
    const x = tensor(awayFromCorners(4, [3, 37]).dataSync().map(toFloat16), [3, 37]);
    const dy = uniformFloat16(5, [3, 37]);
    const [y] = await runOp(device, op, [x], parameters, { float16: [0] });
    const stored = { relative: 2 ** -10 + 1e-5, absolute: 2e-7 };
    expectClose(y.dataSync(), float64(x).map(f), stored);
    const [dx] = await gradOp(device, op, [x], parameters, dy, { float16: [0] });
    const expected = float64(x).map((at, i) => dy.dataSync()[i] * activationDerivative(name, at, parameters));
    // Where the derivative is one of the output, that is taken as it is stored, which has lost digits.
    expectClose(dx!.dataSync(), expected, { ...stored, absolute: 2e-3 });
  });
});

it("every activation has a case of its own in the kernels", async () => {
  const x = uniform(1, [64], -9, 9);
  const results = new Map<string, string>();
  for (const [name, op] of Object.entries(activationOps)) {
    const [y] = await runOp(device, op as Op<object>, [x], {});
    results.set(y.dataSync().join(), name);
  }
  // Without arguments general_relu and threshold are relu, and celu is elu.
  expect(results.size).toBe(Object.keys(activationOps).length - 3);
});

it("names the ops that a kernel can apply to what it stores", () => {
  expect(nonlinearityOf(relu)).toBe("relu");
  expect(nonlinearityOf(activationOps.silu)).toBe("silu");
  expect(nonlinearityOf(activationOps.tanh)).toBeUndefined();
  expect(nonlinearityOf(activationOps.elu)).toBeUndefined();
  expect(nonlinearityOf(softmax)).toBeUndefined();
});

it("tells what passes a maximum", () => {
  const x = Array.from({ length: 400 }, (_, i) => (i - 200) / 20 + 0.001);
  for (const name of Object.keys(activations) as ElementwiseActivation[]) {
    const y = x.map((at) => activations[name](at));
    const rises = y.every((value, i) => i === 0 || value >= y[i - 1]);
    // What a parameter may spoil is not said to be monotonic.
    if (isMonotonic(name)) expect(rises, name).toBe(true);
    else expect(rises && !["general_relu", "threshold"].includes(name), name).toBe(false);
  }
});

it("refuses what it does not know", () => {
  expect(() => activationOps.elu.infer([uniform(1, [2])], { slope: 1 } as object)).toThrow(
    "elu: unknown parameter slope",
  );
  const graph = new Graph();
  const [x, kernel] = [
    graph.input("x", uniform(1, [1, 3, 3, 2])),
    graph.input("k", uniform(1, [1, 1, 2, 2])),
  ];
  const attrs = { strides: [1, 1], pads: [0, 0, 0, 0], activation: "silu" } as const;
  const y = graph.add(conv2d, [x, kernel], attrs);
  expect(() => gradients(graph, y, [x], graph.input("dy", y))).toThrow(
    "conv2d: no gradient through silu by its output; apply it as a separate node",
  );
});

it("sigmoid neither overflows nor loses small results", async () => {
  const [y] = await runOp(device, sigmoid, [tensor([-80, -20, 0, 20, 80])], {});
  expectClose(y.dataSync(), [Math.exp(-80), Math.exp(-20), 0.5, 1, 1], { relative: 1e-5, absolute: 1e-38 });
});

it("passes no gradient at the corners", async () => {
  const y = tensor([0, 3, 6]);
  const dy = tensor([1, 1, 1]);
  const [relu6Grad] = await runOp(device, activationGrad, [dy, y], { activation: "relu6" });
  expect([...relu6Grad.dataSync()]).toEqual([0, 1, 0]);
  const [reluGrad] = await runOp(device, activationGrad, [dy, y], { activation: "relu" });
  expect([...reluGrad.dataSync()]).toEqual([0, 1, 1]);
});

it("has derivatives at corners as Keras on torch", async () => {
  const [dx] = await gradOp(device, activationOps.hard_silu, [tensor([-3, 3])], {}, tensor([1, 1]));
  expect([...dx!.dataSync()]).toEqual([-0.5, 1]);
  const bounded = { maxValue: 4, threshold: 0.5, negativeSlope: 0.25 };
  const x = tensor([0.5, 4]);
  const [dbounded] = await gradOp(device, activationOps.general_relu, [x], bounded, tensor([1, 1]));
  expect([...dbounded!.dataSync()]).toEqual([0, 1]);
});

it("walks a tensor in parts where it is larger than a binding or the grid", async () => {
  const x = uniform(4, [1003]);
  const caps = { maxStorageBufferBindingSize: 1024, maxComputeWorkgroupsPerDimension: 1 };
  const [odd] = await runOp(device, relu, [x], {}, { caps });
  expectClose(odd.dataSync(), f32relu(x.dataSync()));
  const wide = uniform(5, [64, 64]);
  const [folded] = await runOp(device, relu, [wide], {}, { caps: { maxComputeWorkgroupsPerDimension: 3 } });
  expectClose(folded.dataSync(), f32relu(wide.dataSync()));
});

function f32relu(x: Float32Array): Float32Array {
  return x.map(activations.relu);
}
