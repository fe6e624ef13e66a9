/** ResNet50V2, ResNet101V2 and ResNet152V2 (He et al., 2016), after keras/src/applications/resnet_v2.py. */
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
import { numbered } from "./common/numbered.js";
import { tfKernels } from "./common/publishedWeights.js";

/** Channels inside the blocks of each stage; four times as many come out. */
const widths = [64, 128, 256, 512] as const;

/** Keras numbers the stages after the first convolution. */
const firstStage = 2;

const epsilon = 1.001e-5;

/** @param depths how many blocks each stage has; md5 of the published weights, with the top and without */
function resnetV2<const Name extends string>(
  name: Name,
  depths: readonly number[],
  md5: readonly [top: string, noTop: string],
) {
  const blocks = depths.flatMap((depth, i) =>
    Array.from({ length: depth }, (_, j) => ({
      name: `conv${i + firstStage}_block${j + 1}`,
      width: widths[i],
      isFirst: j === 0,
      // The last of each stage halves height and width, but for the last stage.
      ...(j === depth - 1 && i < widths.length - 1 && { pool: numbered("max_pooling2d", i) }),
    })),
  );
  return application({
    name,
    paper: { authors: "He et al.", year: 2016 },
    preprocess: "tf",
    defaultSize: 224,
    smallestSize: 32,
    featureLayer: "post_relu",
    poolingNames: { avg: "avg_pool", max: "max_pool" },
    blocks: [
      { name: "conv1", last: "pool1_pool" },
      ...blocks.map((block) => ({ name: block.name, last: `${block.name}_out` })),
      { name: "post", last: "post_relu" },
    ],
    options: {},
    layers(input, { includeTop, classes }) {
      const output = chain(blocks.reduce(residual, chain(input, ...stem())), ...activated("post"));
      return includeTop ? chain(output, ...classifier(classes)) : output;
    },
    weights: tfKernels("resnet", name, md5),
  });
}

/**
 * ResNet50V2: by default with its top and the weights of ImageNet.
 * @example
 * const base = await ResNet50V2({ includeTop: false, inputShape: [224, 224, 3], pooling: "avg" });
 */
export const ResNet50V2 = resnetV2(
  "resnet50v2",
  [3, 4, 6, 3],
  ["3ef43a0b657b3be2300d5770ece849e0", "fac2f116257151a9d068a22e544a4917"],
);

/** ResNet101V2: by default with its top and the weights of ImageNet. */
export const ResNet101V2 = resnetV2(
  "resnet101v2",
  [3, 4, 23, 3],
  ["6343647c601c52e1368623803854d971", "c0ed64b8031c3730f411d2eb4eea35b5"],
);

/** ResNet152V2: by default with its top and the weights of ImageNet. */
export const ResNet152V2 = resnetV2(
  "resnet152v2",
  [3, 8, 36, 3],
  ["a49b44d1979771252814e80f8ec446f9", "ed17cf2e0169df9d443503ef94b23b33"],
);

function stem(): Layer[] {
  return [
    new ZeroPadding2D({ name: "conv1_pad", padding: 3 }),
    new Conv2D({ name: "conv1_conv", filters: 64, kernelSize: 7, strides: 2 }),
    new ZeroPadding2D({ name: "pool1_pad", padding: 1 }),
    new MaxPooling2D({ name: "pool1_pool", poolSize: 3, strides: 2 }),
  ];
}

function activated(name: string): Layer[] {
  return [
    new BatchNormalization({ name: `${name}_bn`, epsilon }),
    new Activation({ name: `${name}_relu`, activation: "relu" }),
  ];
}

interface Block {
  readonly name: string;
  readonly width: number;
  /** The first of a stage has a convolution on its shortcut. */
  readonly isFirst: boolean;
  /** Of the pooling on the shortcut, where the block halves height and width. */
  readonly pool?: string;
}

/** Normalized and activated before each convolution, not behind it. */
function residual(x: SymbolicTensor, { name, width, isFirst, pool }: Block): SymbolicTensor {
  const strides = pool === undefined ? 1 : 2;
  const active = chain(x, ...activated(`${name}_preact`));
  const body = chain(
    active,
    new Conv2D({ name: `${name}_1_conv`, filters: width, kernelSize: 1, useBias: false }),
    ...activated(`${name}_1`),
    new ZeroPadding2D({ name: `${name}_2_pad`, padding: 1 }),
    new Conv2D({ name: `${name}_2_conv`, filters: width, kernelSize: 3, strides, useBias: false }),
    ...activated(`${name}_2`),
    new Conv2D({ name: `${name}_3_conv`, filters: 4 * width, kernelSize: 1 }),
  );
  const shortcut = isFirst
    ? new Conv2D({ name: `${name}_0_conv`, filters: 4 * width, kernelSize: 1, strides }).apply(active)
    : pool === undefined
      ? x
      : new MaxPooling2D({ name: pool, poolSize: 1, strides }).apply(x);
  return new Add({ name: `${name}_out` }).apply(shortcut, body);
}
