/** MobileNet (Howard et al., 2017), after keras/src/applications/mobilenet.py. */
import { WgraftError } from "../../errors.js";
import { Activation } from "../layers/activations/activation.js";
import { ReLU } from "../layers/activations/relu.js";
import { BatchNormalization } from "../layers/normalization/batchNormalization.js";
import { Conv2D } from "../layers/convolutional/conv2d.js";
import { DepthwiseConv2D } from "../layers/convolutional/depthwiseConv2d.js";
import { Dropout } from "../layers/regularization/dropout.js";
import { Input } from "../layers/core/inputLayer.js";
import type { Layer } from "../layers/layer.js";
import { GlobalAveragePooling2D } from "../layers/pooling/globalAveragePooling2d.js";
import { Reshape } from "../layers/reshaping/reshape.js";
import { ZeroPadding2D } from "../layers/reshaping/zeroPadding2d.js";
import type { Model } from "../model.js";
import { assemble } from "./assemble.js";
import { checked, type ArchitectureOptions } from "./options.js";

/** Channels after each of the thirteen blocks at alpha 1. */
const widths = [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024] as const;

/** Blocks that halve height and width. */
const strided: ReadonlySet<number> = new Set([2, 4, 6, 12]);

const dropoutRate = 1e-3;

/** The height whose published weights go with an input: those of 224 serve every other. */
export function publishedRows([height, width]: readonly number[]): number {
  return height === width && [128, 160, 192].includes(height) ? height : 224;
}

/** @throws WgraftError `usage` for arguments that make no sense */
export function buildMobileNet(options: ArchitectureOptions = {}): Model {
  const { shape, classes } = checked(options, "mobilenet");
  const { alpha = 1, includeTop = true } = options;
  if (!(alpha > 0)) throw new WgraftError("usage", `mobilenet: expected alpha > 0, got ${alpha}`);
  const input = Input({ shape, name: "input_1" });
  const layers = [...stem(Math.floor(32 * alpha))];
  widths.forEach((width, i) => layers.push(...block(i + 1, Math.floor(width * alpha))));
  if (includeTop) layers.push(...top(classes));
  const output = layers.reduce((tensor, layer) => layer.apply(tensor), input);
  return assemble(input, output, {
    name: `mobilenet_${alpha.toFixed(2)}_${publishedRows(shape)}`,
    ...options,
  });
}

function stem(filters: number): Layer[] {
  return [
    new Conv2D({ name: "conv1", filters, kernelSize: 3, strides: 2, padding: "same", useBias: false }),
    ...normalized("conv1"),
  ];
}

function block(number: number, filters: number): Layer[] {
  const [depthwise, pointwise] = [`conv_dw_${number}`, `conv_pw_${number}`];
  const strides = strided.has(number) ? 2 : 1;
  // Padding all at the bottom and the right is what "same" would not do for odd sizes.
  const pad = new ZeroPadding2D({
    name: `conv_pad_${number}`,
    padding: [
      [0, 1],
      [0, 1],
    ],
  });
  const padding = strides === 2 ? "valid" : "same";
  return [
    ...(strides === 2 ? [pad] : []),
    new DepthwiseConv2D({ name: depthwise, kernelSize: 3, strides, padding, useBias: false }),
    ...normalized(depthwise),
    new Conv2D({ name: pointwise, filters, kernelSize: 1, padding: "same", useBias: false }),
    ...normalized(pointwise),
  ];
}

function normalized(name: string): Layer[] {
  return [new BatchNormalization({ name: `${name}_bn` }), new ReLU({ name: `${name}_relu`, maxValue: 6 })];
}

function top(classes: number): Layer[] {
  return [
    new GlobalAveragePooling2D({ keepdims: true }),
    new Dropout({ name: "dropout", rate: dropoutRate }),
    new Conv2D({ name: "conv_preds", filters: classes, kernelSize: 1, padding: "same" }),
    new Reshape({ name: "reshape_2", targetShape: [classes] }),
    new Activation({ name: "predictions", activation: "softmax" }),
  ];
}
