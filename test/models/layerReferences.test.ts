/** Layers of which there are no numbers of Keras, against references in float64 written from its sources. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../src/kernels/gpu/device.js";
import {
  Conv1DTranspose,
  DepthwiseConv1D,
  Dot,
  SeparableConv1D,
  UnitNormalization,
  type Layer,
} from "../../src/index.js";
import { Input } from "../../src/models/layers/core/inputLayer.js";
import type { Tensor } from "../../src/tensor.js";
import { finiteDifference } from "../reference/finiteDifference.js";
import { uniform } from "../reference/random.js";
import { expectClose, float64 } from "../support/expectClose.js";
import { runLayer } from "../support/runLayer.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

/** Compares output and gradients; the reference's are taken by finite differences. */
async function expectReference(
  layer: Layer,
  inputs: readonly Tensor[],
  shape: readonly number[],
  reference: (...values: Float64Array[]) => Float64Array,
): Promise<void> {
  layer.apply(inputs.map((x) => Input({ shape: x.shape.slice(1) })));
  const weights = layer.weights.map(({ variable }, i) => uniform(20 + i, variable.shape));
  if (weights.length > 0) await layer.setWeights(weights);
  const dy = uniform(9, shape);
  const run = await runLayer(device, layer, inputs, { dy });
  expect(run.shape).toEqual(shape);
  const all = [...inputs, ...weights].map(float64);
  expectClose(run.y, reference(...all), { relative: 1e-5, absolute: 1e-5 });
  all.forEach((value, i) => {
    const at = (moved: Float64Array) => reference(...all.map((other, k) => (k === i ? moved : other)));
    const numeric = finiteDifference(at, value, float64(dy));
    expectClose(run.gradients[i], numeric, { relative: 1e-4, absolute: 1e-4 });
  });
}

const [steps, channels, multiplier, window, filters] = [7, 3, 2, 3, 4];

/** A depthwise convolution of one sequence, "same", with strides and dilation. */
function depthwise1d(x: Float64Array, kernel: Float64Array, stride: number, dilation: number): Float64Array {
  const covered = (window - 1) * dilation + 1;
  const out = Math.ceil(steps / stride);
  const before = Math.floor(Math.max((out - 1) * stride + covered - steps, 0) / 2);
  const y = new Float64Array(out * channels * multiplier);
  for (let o = 0; o < out; o++)
    for (let k = 0; k < window; k++) {
      const at = o * stride + k * dilation - before;
      if (at < 0 || at >= steps) continue;
      for (let c = 0; c < channels; c++)
        for (let m = 0; m < multiplier; m++)
          y[(o * channels + c) * multiplier + m] +=
            x[at * channels + c] * kernel[(k * channels + c) * multiplier + m];
    }
  return y;
}

describe.each([
  { strides: 1, dilationRate: 2 },
  { strides: 2, dilationRate: 1 },
])("of sequences, $strides, $dilationRate", ({ strides, dilationRate }) => {
  const options = {
    kernelSize: window,
    strides,
    dilationRate,
    padding: "same",
    depthMultiplier: multiplier,
  } as const;
  const x = uniform(1, [1, steps, channels]);
  const out = Math.ceil(steps / strides);

  it("DepthwiseConv1D", async () => {
    const wide = channels * multiplier;
    await expectReference(new DepthwiseConv1D(options), [x], [1, out, wide], (input, kernel, bias) =>
      depthwise1d(input, kernel, strides, dilationRate).map((value, i) => value + bias[i % wide]),
    );
  });

  it("SeparableConv1D", async () => {
    const layer = new SeparableConv1D({ ...options, filters });
    const wide = channels * multiplier;
    await expectReference(layer, [x], [1, out, filters], (input, depthwise, pointwise, bias) => {
      const between = depthwise1d(input, depthwise, strides, dilationRate);
      return Float64Array.from({ length: out * filters }, (_, i) => {
        const [o, f] = [Math.floor(i / filters), i % filters];
        let sum = bias[f];
        for (let c = 0; c < wide; c++) sum += between[o * wide + c] * pointwise[c * filters + f];
        return sum;
      });
    });
  });
});

it("Conv1DTranspose spreads each step over a window", async () => {
  const layer = new Conv1DTranspose({ filters, kernelSize: window, strides: 2 });
  const out = steps * 2 + 1;
  const x = uniform(1, [1, steps, channels]);
  await expectReference(layer, [x], [1, out, filters], (input, kernel, bias) => {
    const y = Float64Array.from({ length: out * filters }, (_, i) => bias[i % filters]);
    for (let s = 0; s < steps; s++)
      for (let k = 0; k < window; k++)
        for (let f = 0; f < filters; f++)
          for (let c = 0; c < channels; c++)
            y[(2 * s + k) * filters + f] +=
              input[s * channels + c] * kernel[(k * filters + f) * channels + c];
    return y;
  });
});

/** x [1, …, columns] divided by its lengths along an axis. */
function unit(x: Float64Array, columns: number, axes: readonly number[]): Float64Array {
  const group = (i: number) =>
    `${axes.includes(1) ? "" : Math.floor(i / columns)} ${axes.includes(2) ? "" : i % columns}`;
  return x.map((value, i) => {
    const squares = x.reduce((sum, other, k) => (group(k) === group(i) ? sum + other ** 2 : sum), 0);
    return value / Math.max(Math.sqrt(squares), 1e-12);
  });
}

it.each([{ axis: -1 }, { axis: 1 }, { axis: [1, 2] }])("UnitNormalization along $axis", async ({ axis }) => {
  const axes = [axis].flat().map((a) => (a < 0 ? 2 : a));
  const x = uniform(1, [1, 4, 5]);
  await expectReference(new UnitNormalization({ axis }), [x], [1, 4, 5], (value) => unit(value, 5, axes));
});

describe("Dot", () => {
  it.each([false, true])("sums over the axes of two matrices, normalize %s", async (normalize) => {
    const [a, b] = [uniform(1, [1, 3, 5]), uniform(2, [1, 4, 3])];
    const layer = new Dot({ axes: [1, 2], normalize });
    await expectReference(layer, [a, b], [1, 5, 4], (left, right) => {
      const x = normalize ? unit(left, 5, [1]) : left;
      const y = normalize ? unit(right, 3, [2]) : right;
      return Float64Array.from({ length: 20 }, (_, i) => {
        const [row, column] = [Math.floor(i / 4), i % 4];
        return [0, 1, 2].reduce((sum, k) => sum + x[k * 5 + row] * y[column * 3 + k], 0);
      });
    });
  });

  it("makes one number of two vectors, and of samples of their own", async () => {
    const [a, b] = [uniform(1, [2, 3]), uniform(2, [2, 3])];
    const { y, shape } = await runLayer(device, new Dot({ axes: -1 }), [a, b]);
    expect(shape).toEqual([2, 1]);
    const [left, right] = [float64(a), float64(b)];
    expectClose(
      y,
      [0, 3].map((at) => [0, 1, 2].reduce((sum, k) => sum + left[at + k] * right[at + k], 0)),
    );
  });

  it("says which shapes do not go together", () => {
    const build = () => new Dot({ axes: 1 }).computeOutputShape([3, 5], [4, 3]);
    expect(build).toThrow(/agree along axes 1 and 1/);
  });
});
