/** Kernels with one input and one output per activation, on float16: they compute in float32 and round what they store. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { relu, relu6, sigmoid } from "../../src/kernels/elementwise/activation.js";
import { globalAveragePool2d } from "../../src/kernels/pool/globalAveragePool2d.js";
import { batchNormInference } from "../../src/kernels/norm/batchNorm.js";
import { biasAdd } from "../../src/kernels/elementwise/biasAdd.js";
import { depthwiseConv2d } from "../../src/kernels/conv/depthwiseConv2d.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import { dropout } from "../../src/kernels/elementwise/dropout.js";
import { add, multiply } from "../../src/kernels/elementwise/binary.js";
import { scale } from "../../src/kernels/elementwise/elementwise.js";
import { imageToFloat } from "../../src/kernels/image/imageToFloat.js";
import { maxPool2d, type MaxPool2dAttrs } from "../../src/kernels/pool/maxPool2d.js";
import { zeroPad2d } from "../../src/kernels/shape/pad.js";
import { softmax } from "../../src/kernels/elementwise/softmax.js";
import { warpAffine, type WarpAffineAttrs } from "../../src/kernels/image/warpAffine.js";
import { tensor, type Shape } from "../../src/tensor.js";
import { activationDerivatives, activations } from "../reference/activation.js";
import * as averagePool from "../reference/averagePool.js";
import * as batchNorm from "../reference/batchNorm.js";
import * as depthwise from "../reference/depthwiseConv2d.js";
import { toFloat16, uniformFloat16 } from "../reference/float16.js";
import * as maxPool from "../reference/maxPool2d.js";
import { pad2d } from "../reference/pad.js";
import { dropoutMask } from "../reference/philox.js";
import { uniform } from "../reference/random.js";
import * as softmaxes from "../reference/softmax.js";
import { sumRows } from "../reference/sumRows.js";
import { expectClose, float64 } from "../support/expectClose.js";
import { createTestDevice, gradOp, runOp, type RunOptions } from "../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const first: RunOptions = { float16: [0] };
/** One place in the last of float16's eleven, and what of it lies below its smallest exponent. */
const stored = { relative: 2 ** -10 + 1e-5, absolute: 2e-7 };

// Three elements make a word and a half; the others take the kernels of single elements and of vectors.
const shapes: { shape: Shape }[] = [
  { shape: [1, 1, 1, 3] },
  { shape: [3, 5, 3, 7] },
  { shape: [2, 6, 5, 8] },
];

describe.each(shapes)("on $shape", ({ shape }) => {
  const channels = shape.at(-1)!;
  const [x, dy] = [uniformFloat16(1, shape, -8, 8), uniformFloat16(2, shape)];
  const bias = uniform(3, [channels]);

  it.each([{ op: relu }, { op: relu6 }, { op: sigmoid }])("$op.name", async ({ op }) => {
    const name = op.name as "relu" | "relu6" | "sigmoid";
    const expected = float64(x).map(activations[name]);
    const [y] = await runOp(device, op, [x], {}, first);
    expectClose(y.dataSync(), expected, stored);
    const [dx] = await gradOp(device, op, [x], {}, dy, first);
    // The gradient is taken from the output as it is stored, where 1 - y has lost digits.
    expectClose(
      dx!.dataSync(),
      float64(dy).map((value, i) => value * activationDerivatives[name](expected[i])),
      { ...stored, absolute: 6e-4 },
    );
  });

  it("add, multiply and scale", async () => {
    const other = uniformFloat16(4, shape);
    const [a, b] = [float64(x), float64(other)];
    const both = { float16: [0, 1] };
    const [sum] = await runOp(device, add, [x, other], {}, both);
    expectClose(
      sum.dataSync(),
      a.map((value, i) => value + b[i]),
      stored,
    );
    const [da] = await gradOp(device, multiply, [x, other], {}, dy, both);
    expectClose(
      da!.dataSync(),
      float64(dy).map((value, i) => value * b[i]),
      stored,
    );
    const [third] = await runOp(device, scale, [x], { factor: 1 / 3 }, first);
    expectClose(
      third.dataSync(),
      a.map((value) => value / 3),
      stored,
    );
  });

  it("bias_add, whose bias and its gradient stay float32", async () => {
    const [y] = await runOp(device, biasAdd, [x, bias], {}, first);
    expectClose(
      y.dataSync(),
      float64(x).map((value, i) => value + bias.dataSync()[i % channels]),
      { ...stored, absolute: 1e-6 },
    );
    const [dx, dbias] = await gradOp(device, biasAdd, [x, bias], {}, dy, first);
    expect(dx!.dataSync()).toEqual(dy.dataSync());
    expectClose(dbias!.dataSync(), sumRows(float64(dy), channels), { absolute: 1e-5 });
  });

  it("batch_norm_inference, whose parameters stay float32", async () => {
    const [gamma, mean, variance] = [4, 5, 6].map((seed) => uniform(seed, [channels], 0.5, 2));
    const attrs = { epsilon: 1e-3, scale: true, center: true } as const;
    const parameters = { epsilon: 1e-3, gamma, beta: bias, mean, variance };
    const reference = {
      epsilon: 1e-3,
      ...{ gamma: float64(gamma), beta: float64(bias), mean: float64(mean), variance: float64(variance) },
    };
    const expected = batchNorm.batchNormInference(float64(x), reference);
    const inputs = [x, parameters.gamma, parameters.beta, mean, variance];
    const [y] = await runOp(device, batchNormInference, inputs, attrs, first);
    expectClose(y.dataSync(), expected, { ...stored, absolute: 1e-5 });
    const grads = await gradOp(device, batchNormInference, inputs, attrs, dy, {
      ...first,
      needs: [true, true, true, false, false],
    });
    const wanted = batchNorm.batchNormInferenceGrad(float64(dy), float64(x), reference);
    expectClose(grads[0]!.dataSync(), wanted.x, stored);
    // Its terms are products that were stored.
    expectClose(grads[1]!.dataSync(), wanted.gamma, { absolute: 3e-2 });
    expectClose(grads[2]!.dataSync(), wanted.beta, { absolute: 1e-5 });
  });

  it("zero_pad2d, which changes no bit, and its crop", async () => {
    const pads = [1, 0, 2, 1] as const;
    const padded = pad2d(float64(x), shape, pads);
    const [y] = await runOp(device, zeroPad2d, [x], { pads }, first);
    expect(y.dataSync()).toEqual(Float32Array.from(padded));
    const [back] = await gradOp(device, zeroPad2d, [x], { pads }, y, first);
    expect(back!.dataSync()).toEqual(x.dataSync());
  });

  it("global_average_pool2d, summed in float32", async () => {
    const [y] = await runOp(device, globalAveragePool2d, [x], {}, first);
    expectClose(y.dataSync(), averagePool.globalAveragePool2d(float64(x), shape), {
      ...stored,
      absolute: 1e-6,
    });
    const dpooled = uniformFloat16(7, [shape[0], channels]);
    const [dx] = await gradOp(device, globalAveragePool2d, [x], {}, dpooled, first);
    expectClose(dx!.dataSync(), averagePool.globalAveragePool2dGrad(float64(dpooled), shape), stored);
  });

  it("softmax", async () => {
    const expected = softmaxes.softmax(float64(x), channels);
    const [y] = await runOp(device, softmax, [x], {}, first);
    expectClose(y.dataSync(), expected, stored);
    const [dx] = await gradOp(device, softmax, [x], {}, dy, first);
    expectClose(dx!.dataSync(), softmaxes.softmaxGrad(float64(dy), expected, channels), {
      ...stored,
      absolute: 1e-3,
    });
  });

  it("dropout keeps what it keeps in float32", async () => {
    const attrs = { rate: 0.3, seed: 5, node: 2 };
    const mask = dropoutMask(x.size, 7, attrs);
    const step = tensor(new Uint32Array([7]), [1]);
    const [y] = await runOp(device, dropout, [x, step], attrs, first);
    expectClose(
      y.dataSync(),
      mask.map((factor, i) => factor * x.dataSync()[i]),
      stored,
    );
  });
});

const pools: { shape: Shape; attrs: MaxPool2dAttrs }[] = [
  { shape: [1, 9, 7, 3], attrs: { poolSize: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] } },
  { shape: [2, 9, 8, 12], attrs: { poolSize: [3, 3], strides: [2, 2], pads: [0, 1, 1, 1] } },
];

it.each(pools)("max_pool2d of $shape, which changes no bit", async ({ shape, attrs }) => {
  const x = uniformFloat16(1, shape);
  const expected = maxPool.maxPool2d(float64(x), shape, attrs);
  const [y, argmax] = await runOp(device, maxPool2d, [x], attrs, first);
  expect(y.dataSync()).toEqual(Float32Array.from(expected.y));
  expect(argmax.dataSync()).toEqual(Uint32Array.from(expected.argmax));
  const dy = uniformFloat16(2, y.shape);
  const [dx] = await gradOp(device, maxPool2d, [x], attrs, dy, first);
  expectClose(dx!.dataSync(), maxPool.maxPool2dGrad(float64(dy), expected.argmax, shape, attrs), stored);
});

it.each([
  { shape: [1, 5, 7, 3], multiplier: 1 },
  { shape: [2, 9, 8, 8], multiplier: 1 },
  { shape: [1, 3, 3, 1], multiplier: 3 },
])("depthwise_conv2d of $shape by $multiplier, whose kernel stays float32", async ({ shape, multiplier }) => {
  const kernelShape = [3, 3, shape[3], multiplier];
  const [x, kernel] = [uniformFloat16(1, shape, -3, 3), uniform(2, kernelShape)];
  const attrs = { strides: [2, 1], pads: [0, 1, 1, 1], activation: "relu" } as const;
  const [y] = await runOp(device, depthwiseConv2d, [x, kernel], attrs, first);
  const expected = depthwise
    .depthwiseConv2d(float64(x), shape, float64(kernel), kernelShape, attrs.strides, attrs.pads)
    .map(activations.relu);
  expectClose(y.dataSync(), expected, { ...stored, absolute: 5e-6 });
});

it("images become float16 at once", async () => {
  const bytes = Uint8Array.from({ length: 3 * 5 * 5 * 3 }, (_, i) => i);
  const images = tensor(bytes, [3, 5, 5, 3]);
  const [plain] = await runOp(device, imageToFloat, [images], { mode: "caffe" });
  const [y] = await runOp(device, imageToFloat, [images], { mode: "caffe", dtype: "float16" });
  expect(y.dataSync().map(toFloat16)).toEqual(y.dataSync());
  expectClose(y.dataSync(), plain.dataSync(), { ...stored, absolute: 2e-5 });

  const transforms = tensor(
    [0, 1, 2].flatMap((i) => [1, 0, 0.5 * i, 3, 0, 1, -0.25, 1.5]),
    [3, 8],
  );
  for (const recolour of [{}, { channelShift: true, brightness: "keep" } as const]) {
    const attrs: WarpAffineAttrs = { fillMode: "nearest", mode: "rescale", ...recolour };
    const [expected] = await runOp(device, warpAffine, [images, transforms], attrs);
    const [warped] = await runOp(device, warpAffine, [images, transforms], { ...attrs, dtype: "float16" });
    expectClose(warped.dataSync(), expected.dataSync(), stored);
  }
});

it("works in parts where a tensor is larger than a binding", async () => {
  const shape = [130, 1, 1, 24];
  const [x, dy] = [uniformFloat16(1, shape), uniformFloat16(2, shape)];
  const options = { ...first, caps: { maxStorageBufferBindingSize: 4096 } };
  const bias = uniform(3, [24]);
  const [y] = await runOp(device, biasAdd, [x, bias], {}, options);
  expectClose(
    y.dataSync(),
    float64(x).map((value, i) => value + bias.dataSync()[i % 24]),
    { ...stored, absolute: 1e-6 },
  );
  const [, dbias] = await gradOp(device, biasAdd, [x, bias], {}, dy, options);
  expectClose(dbias!.dataSync(), sumRows(float64(dy), 24), { absolute: 1e-5 });
  const [pooled] = await runOp(device, globalAveragePool2d, [x], {}, options);
  expect(pooled.dataSync()).toEqual(x.dataSync());
  const step = tensor(new Uint32Array([1]), [1]);
  const attrs = { rate: 0.5, seed: 1, node: 1 };
  const [dropped] = await runOp(device, dropout, [x, step], attrs, options);
  const mask = dropoutMask(x.size, 1, attrs);
  expectClose(
    dropped.dataSync(),
    mask.map((factor, i) => factor * x.dataSync()[i]),
    stored,
  );
});
