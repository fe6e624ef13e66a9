/** What MobileNet and ResNet50 do besides 3 × 3 convolutions: memory bounds all of it. */
import { conv2d } from "../../src/kernels/conv/conv2d.js";
import { conv2dBackpropFilter } from "../../src/kernels/conv/conv2dBackpropFilter.js";
import { conv2dBackpropInput } from "../../src/kernels/conv/conv2dBackpropInput.js";
import { depthwiseConv2d } from "../../src/kernels/conv/depthwiseConv2d.js";
import { batchNormInference } from "../../src/kernels/norm/batchNorm.js";
import { batchNormTraining, batchNormTrainingGrad } from "../../src/kernels/norm/batchNormTraining.js";
import { float32 } from "../../src/kernels/op.js";
import { averagePool2d, averagePool2dGrad } from "../../src/kernels/pool/averagePool2d.js";
import { globalAveragePool2d, globalAveragePool2dGrad } from "../../src/kernels/pool/globalAveragePool2d.js";
import type { Item } from "../item.js";
import { kernelItem } from "./kernelItem.js";

const batch = 8;
const side = 56;
const channels = 128;
const image = float32(batch, side, side, channels);
const half = float32(batch, side / 2, side / 2, channels);
const each = float32(channels);
const detail = `${batch}×${side}×${side}×${channels}`;

const dense = { strides: [1, 1], pads: [1, 1, 1, 1] } as const;
const sparse = { strides: [2, 2], pads: [0, 1, 0, 1] } as const;
const kernel = float32(3, 3, channels, 1);
const grouped = float32(3, 3, 1, channels);
const groups = { ...dense, groups: channels };

const pointwise = { strides: [1, 1], pads: [0, 0, 0, 0] } as const;
const square = float32(1, 1, channels, channels);
const products = { flops: 2 * batch * side * side * channels * channels, detail: `${detail} → ${channels}` };

const pool = { poolSize: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] } as const;
const epsilon = 1e-3;

export const channelwiseItems: readonly Item[] = [
  kernelItem({
    name: "depthwiseConv2d",
    detail,
    op: depthwiseConv2d,
    inputs: [image, kernel, each],
    attrs: { ...dense, activation: "relu6" },
  }),
  kernelItem({
    name: "depthwiseConv2d stride 2",
    detail,
    op: depthwiseConv2d,
    inputs: [image, kernel, each],
    attrs: { ...sparse, activation: "relu6" },
  }),
  kernelItem({
    name: "depthwise input gradient",
    detail,
    op: conv2dBackpropInput,
    inputs: [image, grouped],
    attrs: { ...groups, inputShape: image.shape },
  }),
  kernelItem({
    name: "depthwise input gradient stride 2",
    detail,
    op: conv2dBackpropInput,
    inputs: [half, grouped],
    attrs: { ...groups, ...sparse, inputShape: image.shape },
  }),
  kernelItem({
    name: "depthwise filter gradient",
    detail,
    op: conv2dBackpropFilter,
    inputs: [image, image],
    attrs: { ...groups, kernelShape: grouped.shape },
  }),
  kernelItem({
    name: "pointwise conv2d",
    ...products,
    op: conv2d,
    inputs: [image, square, each],
    attrs: { ...pointwise, activation: "relu" },
  }),
  kernelItem({
    name: "pointwise filter gradient",
    ...products,
    op: conv2dBackpropFilter,
    inputs: [image, image],
    attrs: { ...pointwise, kernelShape: square.shape },
  }),
  kernelItem({
    name: "batchNormInference",
    detail,
    op: batchNormInference,
    inputs: [image, each, each, each, each],
    attrs: { epsilon, scale: true, center: true },
  }),
  kernelItem({
    name: "batchNormTraining",
    detail,
    op: batchNormTraining,
    inputs: [image, each, each],
    attrs: { epsilon, scale: true, center: true },
  }),
  kernelItem({
    name: "batchNormTrainingGrad",
    detail,
    op: batchNormTrainingGrad,
    inputs: [image, image, each, each, each],
    attrs: { epsilon, scale: true },
    outputs: 3,
  }),
  kernelItem({ name: "averagePool2d", detail, op: averagePool2d, inputs: [image], attrs: pool }),
  kernelItem({
    name: "averagePool2dGrad",
    detail,
    op: averagePool2dGrad,
    inputs: [half],
    attrs: { ...pool, inputShape: image.shape },
  }),
  kernelItem({ name: "globalAveragePool2d", detail, op: globalAveragePool2d, inputs: [image], attrs: {} }),
  kernelItem({
    name: "globalAveragePool2dGrad",
    detail,
    op: globalAveragePool2dGrad,
    inputs: [float32(batch, channels)],
    attrs: { inputShape: image.shape },
  }),
];
