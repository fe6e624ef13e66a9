import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gradients } from "../../../src/graph/autodiff.js";
import { Graph } from "../../../src/graph/graph.js";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { batchNormInference } from "../../../src/kernels/norm/batchNorm.js";
import type { BatchNormAttrs } from "../../../src/kernels/norm/batchNormInputs.js";
import { batchNormInference as reference, batchNormInferenceGrad } from "../../reference/batchNorm.js";
import { float32 } from "../../../src/kernels/op.js";
import { finiteDifference } from "../../reference/finiteDifference.js";
import { uniform } from "../../reference/random.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, gradOp, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const variants: { shape: number[]; attrs: BatchNormAttrs }[] = [
  { shape: [2, 3, 5, 7], attrs: { epsilon: 1e-3, scale: true, center: true } },
  { shape: [2, 4, 4, 8], attrs: { epsilon: 1e-3, scale: true, center: true } },
  { shape: [1, 3, 3, 12], attrs: { epsilon: 1e-5, scale: false, center: true } },
  { shape: [9, 5], attrs: { epsilon: 1e-3, scale: true, center: false } },
  { shape: [9, 4], attrs: { epsilon: 1e-3, scale: false, center: false } },
];

describe.each(variants)("batch_norm_inference on $shape, $attrs", ({ shape, attrs }) => {
  const channels = shape.at(-1)!;
  const x = uniform(1, shape, -4, 4);
  const gamma = uniform(2, [channels], 0.5, 2);
  const beta = uniform(3, [channels]);
  const mean = uniform(4, [channels]);
  const variance = uniform(5, [channels], 0.1, 2);
  const inputs = [x, ...(attrs.scale ? [gamma] : []), ...(attrs.center ? [beta] : []), mean, variance];
  const parameters = {
    gamma: attrs.scale ? float64(gamma) : undefined,
    beta: attrs.center ? float64(beta) : undefined,
    mean: float64(mean),
    variance: float64(variance),
    epsilon: attrs.epsilon,
  };
  const y = reference(float64(x), parameters);

  it("agrees with the reference", async () => {
    const [actual] = await runOp(device, batchNormInference, inputs, attrs);
    expectClose(actual.dataSync(), y, { relative: 1e-5, absolute: 2e-6 });
  });

  it("has the gradients of the reference", async () => {
    const dy = uniform(6, shape);
    const expected = batchNormInferenceGrad(float64(dy), float64(x), parameters);
    const needs = inputs.map((_, i) => i < inputs.length - 2);
    const [dx, ...rest] = await gradOp(device, batchNormInference, inputs, attrs, dy, { needs });
    expectClose(dx!.dataSync(), expected.x, { relative: 1e-5 });
    if (attrs.scale) expectClose(rest.shift()!.dataSync(), expected.gamma, { absolute: 5e-5 });
    if (attrs.center) expectClose(rest.shift()!.dataSync(), expected.beta, { absolute: 1e-5 });
    expect(rest).toEqual([undefined, undefined]);
  });
});

it("applies an activation to what it stores, and differentiates through it", async () => {
  const shape = [2, 3, 4, 8];
  const [x, dy] = [uniform(1, shape, -4, 4), uniform(6, shape)];
  const [mean, variance] = [uniform(4, [8]), uniform(5, [8], 0.1, 2)];
  const attrs = { epsilon: 1e-3, scale: false, center: false, activation: "relu6" } as const;
  const parameters = { mean: float64(mean), variance: float64(variance), epsilon: 1e-3 };
  const z = reference(float64(x), parameters);
  const [y] = await runOp(device, batchNormInference, [x, mean, variance], attrs);
  expectClose(
    y.dataSync(),
    z.map((v) => Math.min(Math.max(v, 0), 6)),
    { relative: 1e-5, absolute: 2e-6 },
  );
  const dz = float64(dy).map((d, i) => (z[i] > 0 && z[i] < 6 ? d : 0));
  const [dx] = await gradOp(device, batchNormInference, [x, mean, variance], attrs, dy);
  expectClose(dx!.dataSync(), batchNormInferenceGrad(dz, float64(x), parameters).x, { relative: 1e-5 });
});

it("the reference gradients are those of finite differences", () => {
  const x = float64(uniform(1, [4, 3]));
  const dy = float64(uniform(2, [4, 3]));
  const [gamma, beta, mean] = [3, 4, 5].map((seed) => float64(uniform(seed, [3])));
  const parameters = { gamma, beta, mean, variance: float64(uniform(6, [3], 0.1, 2)), epsilon: 1e-3 };
  const grad = batchNormInferenceGrad(dy, x, parameters);
  const close = { absolute: 1e-8 };
  expectClose(
    grad.x,
    finiteDifference((at) => reference(at, parameters), x, dy),
    close,
  );
  const byGamma = finiteDifference((at) => reference(x, { ...parameters, gamma: at }), gamma, dy);
  expectClose(grad.gamma, byGamma, close);
  const byBeta = finiteDifference((at) => reference(x, { ...parameters, beta: at }), beta, dy);
  expectClose(grad.beta, byBeta, close);
});

it("keeps no activation for a frozen layer, and sums nothing that is not asked for", () => {
  const opsFor = (needs: boolean[]) => {
    const graph = new Graph();
    const shapes = [[2, 3, 3, 5], ...Array.from({ length: 4 }, () => [5])];
    const values = shapes.map((shape, i) => graph.input(`x${i}`, float32(...shape)));
    const y = graph.add(batchNormInference, values, { epsilon: 1e-3, scale: true, center: true });
    const before = graph.nodes.length;
    gradients(
      graph,
      y,
      values.filter((_, i) => needs[i]),
      graph.input("dy", y),
    );
    return graph.nodes.slice(before).map(({ op, inputs }) => [op.name, inputs.includes(values[0])]);
  };
  expect(opsFor([true, false, false])).toEqual([["batch_norm_backprop_input", false]]);
  expect(opsFor([false, false, true])).toEqual([["bias_add_grad", false]]);
  expect(opsFor([false, true, true])).toEqual([["batch_norm_parameter_grad", true]]);
});

it("says what it needs", () => {
  const five = uniform(1, [5]);
  const four = uniform(1, [4]);
  const attrs: BatchNormAttrs = { epsilon: 1e-3, scale: true, center: true };
  expect(() => batchNormInference.infer([uniform(1, [2, 5]), five, four, five, five], attrs)).toThrow(
    "batch_norm_inference: expected beta float32 (5,), got float32 (4,)",
  );
});
