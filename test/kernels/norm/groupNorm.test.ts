import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { groupNorm, type GroupNormAttrs } from "../../../src/kernels/norm/groupNorm.js";
import { float32 } from "../../../src/kernels/op.js";
import { sizeOf, tensor, type Shape } from "../../../src/tensor.js";
import { finiteDifference } from "../../reference/finiteDifference.js";
import { uniformFloat16 } from "../../reference/float16.js";
import * as reference from "../../reference/groupNorm.js";
import { uniform } from "../../reference/random.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, gradOp, runOp, type RunOptions } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const both = { scale: true, center: true, epsilon: 1e-3 };
const cases: { shape: Shape; attrs: GroupNormAttrs; caps?: RunOptions["caps"] }[] = [
  // Layers, over the last axis, over several, and over all of a sample.
  { shape: [3, 4, 5], attrs: { ...both, batchAxes: 2, parameterAxes: 1, groups: 1 } },
  { shape: [2, 3, 4, 5], attrs: { ...both, batchAxes: 1, parameterAxes: 3, groups: 1 } },
  { shape: [7, 300], attrs: { ...both, scale: false, batchAxes: 1, parameterAxes: 1, groups: 1 } },
  { shape: [1, 1], attrs: { ...both, center: false, batchAxes: 1, parameterAxes: 1, groups: 1 } },
  // Groups of channels over the pixels of a sample; of one channel, of all.
  { shape: [2, 3, 4, 6], attrs: { ...both, batchAxes: 1, parameterAxes: 1, groups: 2 } },
  { shape: [2, 5, 3, 8], attrs: { ...both, batchAxes: 1, parameterAxes: 1, groups: 2 } },
  { shape: [1, 5, 3, 4], attrs: { ...both, batchAxes: 1, parameterAxes: 1, groups: 4 } },
  {
    shape: [2, 9, 9, 12],
    attrs: { ...both, scale: false, center: false, batchAxes: 1, parameterAxes: 1, groups: 1 },
  },
  { shape: [3, 9], attrs: { ...both, epsilon: 0.01, batchAxes: 1, parameterAxes: 1, groups: 3 } },
  {
    shape: [256, 4, 8],
    attrs: { ...both, batchAxes: 1, parameterAxes: 1, groups: 2 },
    caps: { maxStorageBufferBindingSize: 8192 },
  },
];

describe.each(cases)("group_norm of $shape, $attrs", ({ shape, attrs, caps }) => {
  const { scale, center } = attrs;
  const parameterShape = shape.slice(-attrs.parameterAxes);
  const [gamma, beta] = [uniform(2, parameterShape, 0.5, 2), uniform(3, parameterShape)];
  const parameters = {
    ...attrs,
    gamma: scale ? float64(gamma) : undefined,
    beta: center ? float64(beta) : undefined,
  };

  it.each([
    { type: "float32", draw: uniform, float16: [], relative: 1e-5 },
    { type: "float16", draw: uniformFloat16, float16: [0], relative: 2 ** -10 + 1e-5 },
  ])("agrees with the reference, and so do its gradients: $type", async ({ draw, float16, relative }) => {
    const [x, dy] = [draw(1, shape, -2, 5), draw(4, shape)];
    const inputs = [x, ...(scale ? [gamma] : []), ...(center ? [beta] : [])];
    const options = { caps, float16 };
    const [y, mean, variance] = await runOp(device, groupNorm, inputs, attrs, options);
    const expected = reference.groupNorm(float64(x), shape, parameters);
    expectClose(y.dataSync(), expected.y, { relative, absolute: 3e-6 });
    expectClose(
      mean.dataSync(),
      expected.statistics.map((s) => s.mean),
    );
    expectClose(
      variance.dataSync(),
      expected.statistics.map((s) => s.variance),
    );

    const grads = await gradOp(device, groupNorm, inputs, attrs, dy, options);
    const wanted = reference.groupNormGrad(float64(dy), float64(x), shape, parameters);
    expectClose(grads.shift()!.dataSync(), wanted.x, { relative, absolute: 5e-6 });
    const sums = { relative: 1e-5, absolute: 2e-6 * Math.sqrt(sizeOf(shape) / sizeOf(parameterShape)) };
    if (scale) expectClose(grads.shift()!.dataSync(), wanted.gamma, sums);
    if (center) expectClose(grads.shift()!.dataSync(), wanted.beta, sums);
  });
});

it("the reference gradients are those of finite differences", () => {
  const shape = [2, 3, 4];
  const layout = { epsilon: 1e-3, batchAxes: 1, parameterAxes: 1, groups: 2 };
  const [x, dy] = [float64(uniform(1, shape)), float64(uniform(2, shape))];
  const [gamma, beta] = [3, 4].map((seed) => float64(uniform(seed, [4])));
  const parameters = { ...layout, gamma, beta };
  const grad = reference.groupNormGrad(dy, x, shape, parameters);
  const numeric = {
    x: finiteDifference((at) => reference.groupNorm(at, shape, parameters).y, x, dy),
    gamma: finiteDifference((at) => reference.groupNorm(x, shape, { ...parameters, gamma: at }).y, gamma, dy),
    beta: finiteDifference((at) => reference.groupNorm(x, shape, { ...parameters, beta: at }).y, beta, dy),
  };
  expectClose(grad.x, numeric.x, { absolute: 1e-8 });
  expectClose(grad.gamma, numeric.gamma, { absolute: 1e-8 });
  expectClose(grad.beta, numeric.beta, { absolute: 1e-8 });
});

it("loses nothing where the mean is large beside the deviation", async () => {
  const values = uniform(1, [4, 1000])
    .dataSync()
    .map((value) => value + 1000);
  const x = tensor(values, [4, 1000]);
  const attrs = { ...both, scale: false, center: false, batchAxes: 1, parameterAxes: 1, groups: 1 };
  const [, , variance] = await runOp(device, groupNorm, [x], attrs);
  const { statistics } = reference.groupNorm(float64(x), x.shape, attrs);
  expectClose(
    variance.dataSync(),
    statistics.map((s) => s.variance),
    { relative: 1e-5 },
  );
});

it("says what it needs", () => {
  const attrs = { ...both, batchAxes: 1, parameterAxes: 1, groups: 4 };
  expect(() => groupNorm.infer([float32(2, 6), float32(6), float32(6)], attrs)).toThrow(
    "group_norm: expected x with 1 batch axes and 1 more of parameters, in 4 groups, got (2, 6)",
  );
  expect(() => groupNorm.infer([float32(2, 8), float32(8), float32(6)], attrs)).toThrow(
    "group_norm: expected gamma and beta float32 (8,), got float32 (6,)",
  );
});
