/** MobileNetV2 (Sandler et al., 2018), after keras/src/applications/mobilenet_v2.py. */
import { ReLU } from "../layers/activations/relu.js";
import { Conv2D } from "../layers/convolutional/conv2d.js";
import { DepthwiseConv2D } from "../layers/convolutional/depthwiseConv2d.js";
import { Dense } from "../layers/core/dense.js";
import type { Layer, SymbolicTensor } from "../layers/layer.js";
import { Add } from "../layers/merging/add.js";
import { BatchNormalization } from "../layers/normalization/batchNormalization.js";
import { GlobalAveragePooling2D } from "../layers/pooling/globalAveragePooling2d.js";
import { application } from "./common/application.js";
import { chain } from "./common/chain.js";
import { divisible } from "./common/divisible.js";
import { halvingPad } from "./common/halvingPad.js";
import { kerasStorage } from "./common/publishedWeights.js";
import { alphaOption, heightOfWeights, scaledWeights, type AlphaOptions } from "./common/scaled.js";

/** Stages of blocks of one width; the first block of a stage may halve height and width. */
const stages: readonly (readonly [width: number, depth: number, strides: number])[] = [
  [16, 1, 1],
  [24, 2, 2],
  [32, 3, 2],
  [64, 4, 2],
  [96, 3, 1],
  [160, 3, 2],
  [320, 1, 1],
];

interface Block {
  readonly prefix: string;
  /** At alpha 1. */
  readonly width: number;
  readonly strides: number;
  /** How many times as wide the block is inside. */
  readonly expansion: number;
}

const blocks = stages
  .flatMap(([width, depth, strides]) =>
    Array.from({ length: depth }, (_, i) => ({ width, strides: i === 0 ? strides : 1, isFirst: i === 0 })),
  )
  .map((block, i) => ({
    ...block,
    prefix: i === 0 ? "expanded_conv" : `block_${i}`,
    expansion: i === 0 ? 1 : 6,
  }));

const lastWidth = 1280;

const scales = {
  alphas: new Map([
    [0.35, "0.35"],
    [0.5, "0.5"],
    [0.75, "0.75"],
    [1, "1.0"],
    [1.3, "1.3"],
    [1.4, "1.4"],
  ]),
  heights: [96, 128, 160, 192, 224],
};

/**
 * MobileNetV2: by default with its top and the weights of ImageNet.
 * @example
 * const base = await MobileNetV2({ includeTop: false, inputShape: [160, 160, 3], pooling: "avg" });
 */
export const MobileNetV2 = application<"mobilenetv2", AlphaOptions>({
  name: "mobilenetv2",
  paper: { authors: "Sandler et al.", year: 2018 },
  preprocess: "tf",
  defaultSize: 224,
  smallestSize: 32,
  featureLayer: "out_relu",
  blocks: [
    { name: "stem", last: "Conv1_relu" },
    // The first of a stage has no shortcut.
    ...blocks.map(({ prefix, isFirst }, i) => ({
      name: `block${i}`,
      last: `${prefix}_${isFirst ? "project_BN" : "add"}`,
    })),
    { name: "last", last: "out_relu" },
  ],
  options: alphaOption,
  modelName: ({ alpha, inputShape }) =>
    `mobilenetv2_${alpha.toFixed(2)}_${heightOfWeights(scales, inputShape)}`,
  layers(input, { alpha, includeTop, classes }) {
    const first = new Conv2D({
      name: "Conv1",
      filters: divisible(32 * alpha),
      kernelSize: 3,
      strides: 2,
      padding: "same",
      useBias: false,
    });
    const stem = chain(input, first, normalization("bn_Conv1"), relu("Conv1_relu"));
    const features = blocks.reduce((x, block) => invertedResidual(x, block, alpha), stem);
    const last = new Conv2D({
      name: "Conv_1",
      filters: alpha > 1 ? divisible(lastWidth * alpha) : lastWidth,
      kernelSize: 1,
      useBias: false,
    });
    const output = chain(features, last, normalization("Conv_1_bn"), relu("out_relu"));
    return includeTop ? chain(output, ...top(classes)) : output;
  },
  // None of them has a published hash.
  weights: scaledWeights("mobilenetv2", scales, (width, rows, includeTop) => {
    const name = `mobilenet_v2_weights_tf_dim_ordering_tf_kernels_${width}_${rows}${includeTop ? "" : "_no_top"}.h5`;
    return { name, url: `${kerasStorage}mobilenet_v2/${name}` };
  }),
});

function normalization(name: string): Layer {
  return new BatchNormalization({ name, momentum: 0.999 });
}

function relu(name: string): Layer {
  return new ReLU({ name, maxValue: 6 });
}

/** Wide inside, narrow at its ends, with a shortcut between these where they have the same shape. */
function invertedResidual(x: SymbolicTensor, block: Block, alpha: number): SymbolicTensor {
  const { prefix, strides, expansion } = block;
  const channels = x.shape[2];
  const width = divisible(Math.trunc(block.width * alpha));
  const pointwise = (name: string, filters: number) => [
    new Conv2D({ name: `${prefix}_${name}`, filters, kernelSize: 1, padding: "same", useBias: false }),
    normalization(`${prefix}_${name}_BN`),
  ];
  const expanded =
    expansion === 1
      ? x
      : chain(x, ...pointwise("expand", expansion * channels), relu(`${prefix}_expand_relu`));
  const padded = strides === 2 ? halvingPad(`${prefix}_pad`, expanded, 3).apply(expanded) : expanded;
  const depthwise = new DepthwiseConv2D({
    name: `${prefix}_depthwise`,
    kernelSize: 3,
    strides,
    padding: strides === 2 ? "valid" : "same",
    useBias: false,
  });
  const body = chain(
    padded,
    ...[depthwise, normalization(`${prefix}_depthwise_BN`), relu(`${prefix}_depthwise_relu`)],
    ...pointwise("project", width),
  );
  if (strides !== 1 || channels !== width) return body;
  return new Add({ name: `${prefix}_add` }).apply(x, body);
}

function top(classes: number): Layer[] {
  return [
    new GlobalAveragePooling2D(),
    new Dense({ name: "predictions", units: classes, activation: "softmax" }),
  ];
}
