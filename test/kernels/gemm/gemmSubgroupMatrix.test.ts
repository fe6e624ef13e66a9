/** The matrix product by subgroup matrices, emulated in plain WGSL: staging, tails, stores, for all its operands. */
import { afterAll, beforeAll, describe, it } from "vitest";
import { launchCast } from "../../../src/kernels/shape/cast.js";
import { conv2d, convolution } from "../../../src/kernels/conv/conv2d.js";
import { conv2dBackpropFilter, filterGradient } from "../../../src/kernels/conv/conv2dBackpropFilter.js";
import { conv2dBackpropInput, inputGradient } from "../../../src/kernels/conv/conv2dBackpropInput.js";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { matMul } from "../../../src/kernels/gemm/matMul.js";
import type { Op } from "../../../src/kernels/op.js";
import { sizeOf, type Shape, type Tensor } from "../../../src/tensor.js";
import * as conv from "../../reference/conv2d.js";
import * as products from "../../reference/matMul.js";
import { uniform } from "../../reference/random.js";
import { byAlgorithm } from "../../support/algorithms.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, runOp } from "../../support/run.js";
import { withSubgroupMatrices } from "../../support/subgroupMatrices.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

/** The op, with its first input as float16. */
function ofHalves<A>(op: Op<A>): Op<A> {
  return {
    ...op,
    lower(ctx, [x, ...others], outputs, attrs) {
      const halves = ctx.scratch({ shape: x.shape, dtype: "float16" });
      launchCast(ctx, x, halves);
      op.lower!(ctx, [halves, ...others], outputs, attrs);
    },
  };
}

/** Multiples of 1/64 in [-1, 1], which float16 holds, as float32 does their products. */
function exact(seed: number, shape: Shape): Tensor<"float32"> {
  const x = uniform(seed, shape);
  x.dataSync().forEach((value, i, values) => (values[i] = Math.round(64 * value) / 64));
  return x;
}

interface Product {
  m: number;
  k: number;
  n: number;
  transposeA?: boolean;
  transposeB?: boolean;
  relu?: boolean;
}

interface Convolution {
  x: [number, number, number, number];
  kernel: [number, number, number, number];
  strides: [number, number];
  pads: [number, number, number, number];
}

const matrices = [
  { m: 16, n: 16, k: 16, factors: "float16", lanes: 32 },
  { m: 16, n: 8, k: 32, factors: "float16", lanes: 64 },
  { m: 8, n: 8, k: 8, factors: "float32", lanes: 32 },
] as const;

describe.each(matrices)("by matrices of $m×$n×$k $factors, $lanes lanes", (matrix) => {
  // Matrices of float32 are for operands of that type too.
  const run = <A>(op: Op<A>, inputs: Tensor[], attrs: A) =>
    runOp(
      withSubgroupMatrices(device, matrix),
      matrix.factors === "float16" ? ofHalves(op) : op,
      inputs,
      attrs,
    );

  it.each<Product>([
    { m: 1, k: 1, n: 1 },
    { m: 33, k: 17, n: 45, relu: true },
    { m: 33, k: 17, n: 45, transposeA: true, transposeB: true },
    { m: 68, k: 76, n: 132 },
    { m: 68, k: 76, n: 132, transposeA: true, relu: true },
    { m: 68, k: 76, n: 132, transposeB: true },
    // In parts along k, and enough tiles for the larger ones.
    { m: 3, k: 2000, n: 70 },
    { m: 8190, k: 20, n: 100 },
    { m: 16380, k: 20, n: 100 },
  ])("matMul: %o", async (c) => {
    const { m, k, n, transposeA = false, transposeB = false, relu = false } = c;
    const a = exact(1, transposeA ? [k, m] : [m, k]);
    const b = exact(2, transposeB ? [n, k] : [k, n]);
    const bias = exact(3, [n]);
    const z = products.matMul(float64(a), float64(b), c, c).map((v, i) => v + bias.dataSync()[i % n]);
    const activation = relu ? "relu" : "linear";
    const [y] = await run(matMul, [a, b, bias], { transposeA, transposeB, activation });
    expectClose(
      y.dataSync(),
      z.map((v) => (relu ? Math.max(v, 0) : v)),
      { absolute: 2e-5 },
    );
  });

  it.each<Convolution>([
    { x: [2, 9, 7, 3], kernel: [3, 3, 3, 7], strides: [1, 1], pads: [1, 1, 1, 1] },
    { x: [1, 11, 10, 8], kernel: [3, 2, 8, 68], strides: [2, 1], pads: [0, 1, 2, 0] },
    { x: [1, 4, 5, 68], kernel: [3, 3, 68, 33], strides: [1, 1], pads: [1, 1, 1, 1] },
  ])("conv2d and its gradients: %o", async (c) => {
    const { strides, pads } = c;
    const size = [0, 1].map((d) => {
      const padded = c.x[1 + d] + pads[2 * d] + pads[2 * d + 1];
      return Math.floor((padded - c.kernel[d]) / strides[d]) + 1;
    });
    const yShape = [c.x[0], ...size, c.kernel[3]];
    const [x, kernel, dy] = [exact(1, c.x), exact(2, c.kernel), exact(3, yShape)];
    const expected = conv.conv2d(float64(x), c.x, float64(kernel), c.kernel, strides, pads, sizeOf(yShape));
    const window = { strides, pads };
    const [y] = await run(byAlgorithm(conv2d, convolution), [x, kernel], {
      ...window,
      activation: "linear",
    });
    expectClose(y.dataSync(), expected, { absolute: 2e-5 });

    const [a, b, d] = [x, kernel, dy].map(float64);
    const { dx, dkernel } = conv.conv2dGrad(a, c.x, b, c.kernel, strides, pads, d);
    const ofInput = byAlgorithm(conv2dBackpropInput, inputGradient);
    const [gotDx] = await run(ofInput, [dy, kernel], { ...window, inputShape: c.x });
    expectClose(gotDx.dataSync(), dx, { absolute: 2e-5 });
    const ofFilter = byAlgorithm(conv2dBackpropFilter, filterGradient);
    const [gotDkernel] = await run(ofFilter, [x, dy], { ...window, kernelShape: c.kernel });
    expectClose(gotDkernel.dataSync(), dkernel, { absolute: 5e-5 });
  });
});
