/** ResNet50, ResNet101 and ResNet152 (He et al., 2015), after keras/src/applications/resnet.py. */
import { Activation } from "../layers/activations/activation.js";
import { Conv2D } from "../layers/convolutional/conv2d.js";
import type { Layer, SymbolicTensor } from "../layers/layer.js";
import { Add } from "../layers/merging/add.js";
import { BatchNormalization } from "../layers/normalization/batchNormalization.js";
import { MaxPooling2D } from "../layers/pooling/maxPooling2d.js";
import { ZeroPadding2D } from "../layers/reshaping/zeroPadding2d.js";
import { application } from "./common/application.js";
import { chain } from "./common/chain.js";
import { classifier } from "./common/classifier.js";
import { tfKernels } from "./common/publishedWeights.js";

/** Channels inside the blocks of each stage; four times as many come out. */
const widths = [64, 128, 256, 512] as const;

/** Keras numbers the stages after the first convolution. */
const firstStage = 2;

const epsilon = 1.001e-5;

/** @param depths how many blocks each stage has; md5 of the published weights, with the top and without */
function resnet<const Name extends string>(
  name: Name,
  depths: readonly number[],
  md5: readonly [top: string, noTop: string],
) {
  const blocks = depths.flatMap((depth, i) =>
    Array.from({ length: depth }, (_, j) => ({
      name: `conv${i + firstStage}_block${j + 1}`,
      width: widths[i],
      isFirst: j === 0,
      // The first stage comes after a pooling.
      strides: i > 0 && j === 0 ? 2 : 1,
    })),
  );
  return application({
    name,
    paper: { authors: "He et al.", year: 2015 },
    preprocess: "caffe",
    defaultSize: 224,
    smallestSize: 32,
    featureLayer: `${blocks.at(-1)!.name}_out`,
    poolingNames: { avg: "avg_pool", max: "max_pool" },
    blocks: [
      { name: "conv1", last: "pool1_pool" },
      ...blocks.map((block) => ({ name: block.name, last: `${block.name}_out` })),
    ],
    options: {},
    layers(input, { includeTop, classes }) {
      const output = blocks.reduce(residual, chain(input, ...stem()));
      return includeTop ? chain(output, ...classifier(classes)) : output;
    },
    weights: tfKernels("resnet", name, md5),
  });
}

/**
 * ResNet50: by default with its top and the weights of ImageNet.
 * @example
 * const base = await ResNet50({ includeTop: false, inputShape: [224, 224, 3], pooling: "avg" });
 */
export const ResNet50 = resnet(
  "resnet50",
  [3, 4, 6, 3],
  ["2cb95161c43110f7111970584f804107", "4d473c1dd8becc155b73f8504c6f6626"],
);

/** ResNet101: by default with its top and the weights of ImageNet. */
export const ResNet101 = resnet(
  "resnet101",
  [3, 4, 23, 3],
  ["f1aeb4b969a6efcfb50fad2f0c20cfc5", "88cf7a10940856eca736dc7b7e228a21"],
);

/** ResNet152: by default with its top and the weights of ImageNet. */
export const ResNet152 = resnet(
  "resnet152",
  [3, 8, 36, 3],
  ["100835be76be38e30d865e96f2aaae62", "ee4c566cf9a93f14d82f913c2dc6dd0c"],
);

function stem(): Layer[] {
  return [
    new ZeroPadding2D({ name: "conv1_pad", padding: 3 }),
    new Conv2D({ name: "conv1_conv", filters: 64, kernelSize: 7, strides: 2 }),
    new BatchNormalization({ name: "conv1_bn", epsilon }),
    new Activation({ name: "conv1_relu", activation: "relu" }),
    new ZeroPadding2D({ name: "pool1_pad", padding: 1 }),
    new MaxPooling2D({ name: "pool1_pool", poolSize: 3, strides: 2 }),
  ];
}

interface Block {
  readonly name: string;
  readonly width: number;
  /** The first of a stage has a convolution on its shortcut. */
  readonly isFirst: boolean;
  readonly strides: number;
}

function residual(x: SymbolicTensor, { name, width, isFirst, strides }: Block): SymbolicTensor {
  const convolution = (number: number, filters: number, kernelSize: number, step = 1) => [
    new Conv2D({ name: `${name}_${number}_conv`, filters, kernelSize, strides: step, padding: "same" }),
    new BatchNormalization({ name: `${name}_${number}_bn`, epsilon }),
  ];
  const relu = (of: string) => new Activation({ name: `${name}_${of}`, activation: "relu" });
  const shortcut = isFirst ? chain(x, ...convolution(0, 4 * width, 1, strides)) : x;
  const body = chain(
    x,
    ...[...convolution(1, width, 1, strides), relu("1_relu")],
    ...[...convolution(2, width, 3), relu("2_relu")],
    ...convolution(3, 4 * width, 1),
  );
  return relu("out").apply(new Add({ name: `${name}_add` }).apply(shortcut, body));
}
