/** DenseNet121, DenseNet169 and DenseNet201 (Huang et al., 2017), after keras/src/applications/densenet.py. */
import { Activation } from "../layers/activations/activation.js";
import { Conv2D } from "../layers/convolutional/conv2d.js";
import type { Layer, SymbolicTensor } from "../layers/layer.js";
import { Concatenate } from "../layers/merging/concatenate.js";
import { BatchNormalization } from "../layers/normalization/batchNormalization.js";
import { AveragePooling2D } from "../layers/pooling/averagePooling2d.js";
import { MaxPooling2D } from "../layers/pooling/maxPooling2d.js";
import { ZeroPadding2D } from "../layers/reshaping/zeroPadding2d.js";
import { application } from "./common/application.js";
import { chain } from "./common/chain.js";
import { classifier } from "./common/classifier.js";
import { numbered } from "./common/numbered.js";
import { tfKernels } from "./common/publishedWeights.js";

/** Channels that each layer adds to those of all layers before it in its stage. */
const growth = 32;

/** Keras numbers the stages after the first convolution. */
const firstStage = 2;

const epsilon = 1.001e-5;

/** @param depths how many layers each stage has; md5 of the published weights, with the top and without */
function densenet<const Name extends string>(
  name: Name,
  depths: readonly number[],
  md5: readonly [top: string, noTop: string],
) {
  const stages = depths.map((depth, i) => {
    const number = i + firstStage;
    const isLast = i === depths.length - 1;
    return { name: `conv${number}`, depth, ...(!isLast && { transition: `pool${number}` }) };
  });
  return application({
    name,
    paper: { authors: "Huang et al.", year: 2017 },
    preprocess: "torch",
    defaultSize: 224,
    smallestSize: 32,
    featureLayer: "relu",
    poolingNames: { avg: "avg_pool", max: "max_pool" },
    // The first one with the layers below it: their names alone are those of many networks.
    blocks: stages.map(({ name: stage, transition }) => ({
      name: stage,
      last: transition ? `${transition}_pool` : "relu",
    })),
    options: {},
    layers(input, { includeTop, classes }) {
      const output = chain(stages.reduce(dense, chain(input, ...stem())), ...activated("bn", "relu"));
      return includeTop ? chain(output, ...classifier(classes)) : output;
    },
    weights: tfKernels("densenet", name, md5),
  });
}

/**
 * DenseNet121: by default with its top and the weights of ImageNet.
 * @example
 * const base = await DenseNet121({ includeTop: false, inputShape: [224, 224, 3], pooling: "avg" });
 */
export const DenseNet121 = densenet(
  "densenet121",
  [6, 12, 24, 16],
  ["9d60b8095a5708f2dcce2bca79d332c7", "30ee3e1110167f948a6b9946edeeb738"],
);

/** DenseNet169: by default with its top and the weights of ImageNet. */
export const DenseNet169 = densenet(
  "densenet169",
  [6, 12, 32, 32],
  ["d699b8f76981ab1b30698df4c175e90b", "b8c4d4c20dd625c148057b9ff1c1176b"],
);

/** DenseNet201: by default with its top and the weights of ImageNet. */
export const DenseNet201 = densenet(
  "densenet201",
  [6, 12, 48, 32],
  ["1ceb130c1ea1b78c3bf6114dbdfd8807", "c13680b51ded0fb44dff2d8f86ac8bb1"],
);

/** Keras leaves the names of the paddings to the class. */
function stem(): Layer[] {
  return [
    new ZeroPadding2D({ name: numbered("zero_padding2d", 0), padding: 3 }),
    new Conv2D({ name: "conv1_conv", filters: 64, kernelSize: 7, strides: 2, useBias: false }),
    ...activated("conv1_bn", "conv1_relu"),
    new ZeroPadding2D({ name: numbered("zero_padding2d", 1), padding: 1 }),
    new MaxPooling2D({ name: "pool1", poolSize: 3, strides: 2 }),
  ];
}

function activated(bn: string, relu: string): Layer[] {
  return [new BatchNormalization({ name: bn, epsilon }), new Activation({ name: relu, activation: "relu" })];
}

interface Stage {
  readonly name: string;
  readonly depth: number;
  /** What halves height, width and channels behind it. */
  readonly transition?: string;
}

function dense(input: SymbolicTensor, { name, depth, transition }: Stage): SymbolicTensor {
  let x = input;
  for (let i = 1; i <= depth; i++) x = grown(x, `${name}_block${i}`);
  if (transition === undefined) return x;
  const halved = new Conv2D({
    name: `${transition}_conv`,
    filters: Math.trunc(x.shape[2] / 2),
    kernelSize: 1,
    useBias: false,
  });
  const pool = new AveragePooling2D({ name: `${transition}_pool`, poolSize: 2, strides: 2 });
  return chain(x, ...activated(`${transition}_bn`, `${transition}_relu`), halved, pool);
}

/** x, and behind its channels those of two convolutions on it. */
function grown(x: SymbolicTensor, name: string): SymbolicTensor {
  const added = chain(
    x,
    ...activated(`${name}_0_bn`, `${name}_0_relu`),
    new Conv2D({ name: `${name}_1_conv`, filters: 4 * growth, kernelSize: 1, useBias: false }),
    ...activated(`${name}_1_bn`, `${name}_1_relu`),
    new Conv2D({
      name: `${name}_2_conv`,
      filters: growth,
      kernelSize: 3,
      padding: "same",
      useBias: false,
    }),
  );
  return new Concatenate({ name: `${name}_concat` }).apply(x, added);
}
