/** Matrix products, and the kernels that memory bounds. */
import { activationGrad, relu } from "../../src/kernels/elementwise/activation.js";
import { adamUpdate } from "../../src/kernels/training/adamUpdate.js";
import { biasAdd, biasAddGrad } from "../../src/kernels/elementwise/biasAdd.js";
import { dropout } from "../../src/kernels/elementwise/dropout.js";
import { imageToFloat } from "../../src/kernels/image/imageToFloat.js";
import { matMul } from "../../src/kernels/gemm/matMul.js";
import { maxPool2d, maxPool2dGrad } from "../../src/kernels/pool/maxPool2d.js";
import { float32, specOf } from "../../src/kernels/op.js";
import { rmspropUpdate } from "../../src/kernels/training/rmspropUpdate.js";
import { softmax } from "../../src/kernels/elementwise/softmax.js";
import { TRANSFORM_SIZE, warpAffine } from "../../src/kernels/image/warpAffine.js";
import type { Item } from "../item.js";
import { kernelItem } from "./kernelItem.js";

function product(name: string, m: number, k: number, n: number, transposed: "a" | "b" | "neither"): Item {
  const [transposeA, transposeB] = [transposed === "a", transposed === "b"];
  return kernelItem({
    name: `matMul ${name}`,
    detail: `${m}×${k} by ${k}×${n}${transposed === "neither" ? "" : `, ${transposed} transposed`}`,
    op: matMul,
    inputs: [transposeA ? float32(k, m) : float32(m, k), transposeB ? float32(n, k) : float32(k, n)],
    attrs: { transposeA, transposeB, activation: "linear" },
    flops: 2 * m * k * n,
  });
}

const activations = float32(20, 75, 75, 64);
const pooled = float32(20, 37, 37, 64);
const activationsDetail = "20×75×75×64";
const pool = { poolSize: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] } as const;

/** The tutorial's hidden layer. */
const weights = float32(8192, 256);
const hyper = () => Float32Array.of(2e-5, 0, 0, 0);

const photos = specOf([20, 150, 150, 3], "uint8");
/** Every image turned by 20 degrees about its corner. */
const turned = Float32Array.from({ length: 20 * TRANSFORM_SIZE }, (_, i) => {
  const [cos, sin] = [Math.cos(Math.PI / 9), Math.sin(Math.PI / 9)];
  return [cos, -sin, 0, 0, sin, cos, 0, 1][i % TRANSFORM_SIZE];
});

export const otherItems: readonly Item[] = [
  product("1024", 1024, 1024, 1024, "neither"),
  product("head forward", 20, 8192, 256, "neither"),
  product("head kernel gradient", 8192, 20, 256, "a"),
  product("fc1 batch 1", 1, 8192, 4096, "neither"),
  kernelItem({
    name: "maxPool2d",
    detail: activationsDetail,
    op: maxPool2d,
    inputs: [activations],
    attrs: pool,
  }),
  kernelItem({
    name: "maxPool2d with argmax",
    detail: activationsDetail,
    op: maxPool2d,
    inputs: [activations],
    attrs: pool,
    outputs: 2,
  }),
  kernelItem({
    name: "maxPool2dGrad",
    detail: activationsDetail,
    op: maxPool2dGrad,
    inputs: [pooled, specOf(pooled.shape, "uint32")],
    attrs: { ...pool, inputShape: activations.shape },
    integers: 4,
  }),
  kernelItem({ name: "relu", detail: activationsDetail, op: relu, inputs: [activations], attrs: {} }),
  kernelItem({
    name: "reluGrad",
    detail: activationsDetail,
    op: activationGrad,
    inputs: [activations, activations],
    attrs: { activation: "relu" },
  }),
  kernelItem({
    name: "biasAdd",
    detail: activationsDetail,
    op: biasAdd,
    inputs: [activations, float32(64)],
    attrs: {},
  }),
  kernelItem({
    name: "biasAddGrad",
    detail: activationsDetail,
    op: biasAddGrad,
    inputs: [activations],
    attrs: {},
  }),
  kernelItem({
    name: "dropout",
    detail: activationsDetail,
    op: dropout,
    inputs: [activations, specOf([1], "uint32")],
    attrs: { rate: 0.5, seed: 1, node: 1 },
  }),
  kernelItem({ name: "softmax", detail: "256×1000", op: softmax, inputs: [float32(256, 1000)], attrs: {} }),
  kernelItem({
    name: "rmspropUpdate",
    detail: "8192×256",
    op: rmspropUpdate,
    inputs: [weights, weights, float32(4), weights],
    attrs: { rho: 0.9, momentum: 0, epsilon: 1e-7, centered: false, epsilonInsideRoot: true },
    values: (i) => (i === 2 ? hyper() : undefined),
  }),
  kernelItem({
    name: "adamUpdate",
    detail: "8192×256",
    op: adamUpdate,
    inputs: [weights, weights, float32(4), weights, weights],
    attrs: { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
    values: (i) => (i === 2 ? hyper() : undefined),
  }),
  kernelItem({
    name: "imageToFloat",
    detail: "20×150×150×3, rescale",
    op: imageToFloat,
    inputs: [photos],
    attrs: { mode: "rescale" },
  }),
  kernelItem({
    name: "warpAffine",
    detail: "20×150×150×3, nearest, rescale",
    op: warpAffine,
    inputs: [photos, float32(20, TRANSFORM_SIZE)],
    attrs: { fillMode: "nearest", mode: "rescale" },
    values: (i) => (i === 1 ? turned : undefined),
  }),
];
