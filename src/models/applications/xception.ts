/** Xception (Chollet, 2017), after keras/src/applications/xception.py. */
import { Activation } from "../layers/activations/activation.js";
import { Conv2D } from "../layers/convolutional/conv2d.js";
import { SeparableConv2D } from "../layers/convolutional/separableConv2d.js";
import type { Layer, SymbolicTensor } from "../layers/layer.js";
import { Add } from "../layers/merging/add.js";
import { BatchNormalization } from "../layers/normalization/batchNormalization.js";
import { MaxPooling2D } from "../layers/pooling/maxPooling2d.js";
import { application } from "./common/application.js";
import { chain } from "./common/chain.js";
import { classifier } from "./common/classifier.js";
import { numbered } from "./common/numbered.js";
import { tfKernels } from "./common/publishedWeights.js";

/** Blocks that halve height and width, with the channels of their two convolutions. */
const halving: ReadonlyMap<number, readonly [number, number]> = new Map([
  [2, [128, 128]],
  [3, [256, 256]],
  [4, [728, 728]],
  [13, [728, 1024]],
]);

/** Those between 4 and 13 keep the size and the 728 channels, and have three convolutions. */
const widthOfMiddle = 728;

const firstMerged = 2;
const lastMerged = 13;

/**
 * Xception: by default with its top and the weights of ImageNet.
 * @example
 * const base = await Xception({ includeTop: false, inputShape: [299, 299, 3], pooling: "avg" });
 */
export const Xception = application({
  name: "xception",
  paper: { authors: "Chollet", year: 2017 },
  preprocess: "tf",
  defaultSize: 299,
  smallestSize: 71,
  featureLayer: "block14_sepconv2_act",
  blocks: [
    { name: "block1", last: "block1_conv2_act" },
    ...range(firstMerged, lastMerged).map((n) => ({ name: `block${n}`, last: mergeOf(n) })),
    { name: "block14", last: "block14_sepconv2_act" },
  ],
  options: {},
  layers(input, { includeTop, classes }) {
    const entry = chain(input, ...convolution("block1_conv1", 32, 2), ...convolution("block1_conv2", 64, 1));
    const merged = range(firstMerged, lastMerged).reduce(block, entry);
    const output = chain(merged, ...lastConvolution(1, 1536), ...lastConvolution(2, 2048));
    return includeTop ? chain(output, ...classifier(classes)) : output;
  },
  weights: tfKernels("xception", "xception", [
    "0a58e3b7378bc2990ea3b43d5981f1f6",
    "b0042744bf5b25fce3cb969f33bebb97",
  ]),
});

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** The layer that adds a block's shortcut. Keras leaves its name to the class. */
function mergeOf(number: number): string {
  return numbered("add", number - firstMerged);
}

function convolution(name: string, filters: number, strides: number): Layer[] {
  return [
    new Conv2D({ name, filters, kernelSize: 3, strides, useBias: false }),
    new BatchNormalization({ name: `${name}_bn` }),
    new Activation({ name: `${name}_act`, activation: "relu" }),
  ];
}

function separable(name: string, filters: number): Layer[] {
  return [
    new SeparableConv2D({ name, filters, kernelSize: 3, padding: "same", useBias: false }),
    new BatchNormalization({ name: `${name}_bn` }),
  ];
}

function lastConvolution(number: number, filters: number): Layer[] {
  const name = `block14_sepconv${number}`;
  return [...separable(name, filters), new Activation({ name: `${name}_act`, activation: "relu" })];
}

/** Convolutions, each behind an activation, and a shortcut past all of them. */
function block(x: SymbolicTensor, number: number): SymbolicTensor {
  const widths = halving.get(number);
  const shortcut = widths ? chain(x, ...projection(number, widths[1])) : x;
  const body = (widths ?? [widthOfMiddle, widthOfMiddle, widthOfMiddle]).flatMap((width, i) => {
    const name = `block${number}_sepconv${i + 1}`;
    const activation = new Activation({ name: `${name}_act`, activation: "relu" });
    // The output of block 1 is already activated.
    return [...(number === firstMerged && i === 0 ? [] : [activation]), ...separable(name, width)];
  });
  if (widths) {
    body.push(new MaxPooling2D({ name: `block${number}_pool`, poolSize: 3, strides: 2, padding: "same" }));
  }
  return new Add({ name: mergeOf(number) }).apply(chain(x, ...body), shortcut);
}

/** Brings a shortcut to the shape of its block's output. In Keras these layers have default names. */
function projection(number: number, filters: number): Layer[] {
  const place = [...halving.keys()].indexOf(number);
  return [
    new Conv2D({
      name: numbered("conv2d", place),
      filters,
      kernelSize: 1,
      strides: 2,
      padding: "same",
      useBias: false,
    }),
    new BatchNormalization({ name: numbered("batch_normalization", place) }),
  ];
}
