/** MobileNet (Howard et al., 2017), after keras/src/applications/mobilenet.py. */
import { Activation } from "../layers/activations/activation.js";
import { ReLU } from "../layers/activations/relu.js";
import { Conv2D } from "../layers/convolutional/conv2d.js";
import { DepthwiseConv2D } from "../layers/convolutional/depthwiseConv2d.js";
import type { Layer } from "../layers/layer.js";
import { BatchNormalization } from "../layers/normalization/batchNormalization.js";
import { GlobalAveragePooling2D } from "../layers/pooling/globalAveragePooling2d.js";
import { Dropout } from "../layers/regularization/dropout.js";
import { Reshape } from "../layers/reshaping/reshape.js";
import { ZeroPadding2D } from "../layers/reshaping/zeroPadding2d.js";
import { application } from "./common/application.js";
import { chain } from "./common/chain.js";
import { kerasStorage } from "./common/publishedWeights.js";
import { alphaOption, heightOfWeights, scaledWeights, type AlphaOptions } from "./common/scaled.js";

/** Channels after each of the thirteen blocks at alpha 1. */
const widths = [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024] as const;

/** Blocks that halve height and width. */
const strided: ReadonlySet<number> = new Set([2, 4, 6, 12]);

const dropoutRate = 1e-3;

const scales = {
  alphas: new Map([
    [0.25, "2_5"],
    [0.5, "5_0"],
    [0.75, "7_5"],
    [1, "1_0"],
  ]),
  heights: [128, 160, 192, 224],
};

export type MobileNetOptions = AlphaOptions;

/**
 * MobileNet: by default with its top and the weights of ImageNet.
 * @example
 * const base = await MobileNet({ includeTop: false, inputShape: [128, 128, 3], pooling: "avg" });
 */
export const MobileNet = application<"mobilenet", AlphaOptions>({
  name: "mobilenet",
  paper: { authors: "Howard et al.", year: 2017 },
  preprocess: "tf",
  defaultSize: 224,
  smallestSize: 32,
  featureLayer: `conv_pw_${widths.length}_relu`,
  blocks: [
    { name: "stem", last: "conv1_relu" },
    ...widths.map((_, i) => ({ name: `block${i + 1}`, last: `conv_pw_${i + 1}_relu` })),
  ],
  options: alphaOption,
  modelName: ({ alpha, inputShape }) =>
    `mobilenet_${alpha.toFixed(2)}_${heightOfWeights(scales, inputShape)}`,
  layers(input, { alpha, includeTop, classes }) {
    const layers = [...stem(Math.floor(32 * alpha))];
    widths.forEach((width, i) => layers.push(...block(i + 1, Math.floor(width * alpha))));
    if (includeTop) layers.push(...top(classes));
    return chain(input, ...layers);
  },
  // None of them has a published hash.
  weights: scaledWeights("mobilenet", scales, (width, rows, includeTop) => {
    const name = `mobilenet_${width}_${rows}_tf${includeTop ? "" : "_no_top"}.h5`;
    return { name, url: `${kerasStorage}mobilenet/${name}` };
  }),
});

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
