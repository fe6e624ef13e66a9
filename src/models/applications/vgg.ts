/** VGG16 and VGG19 (Simonyan and Zisserman, 2014), after keras/src/applications/vgg16.py and vgg19.py. */
import { Conv2D } from "../layers/convolutional/conv2d.js";
import { Dense } from "../layers/core/dense.js";
import type { Layer } from "../layers/layer.js";
import { MaxPooling2D } from "../layers/pooling/maxPooling2d.js";
import { Flatten } from "../layers/reshaping/flatten.js";
import { application } from "./common/application.js";
import { chain } from "./common/chain.js";
import { tfKernels } from "./common/publishedWeights.js";

/** Channels of the five blocks. */
const filters = [64, 128, 256, 512, 512] as const;

/** @param depths how many convolutions each block has; md5 of the published weights, with the top and without */
function vgg<const Name extends string>(
  name: Name,
  depths: readonly number[],
  md5: readonly [top: string, noTop: string],
) {
  return application({
    name,
    paper: { authors: "Simonyan and Zisserman", year: 2014 },
    preprocess: "caffe",
    defaultSize: 224,
    smallestSize: 32,
    featureLayer: "block5_pool",
    blocks: filters.map((_, i) => ({ name: `block${i + 1}`, last: `block${i + 1}_pool` })),
    options: {},
    layers(input, { includeTop, classes }) {
      const layers = filters.flatMap((width, i) => block(i + 1, depths[i], width));
      if (includeTop) layers.push(...top(classes));
      return chain(input, ...layers);
    },
    weights: tfKernels(name, name, md5),
  });
}

/**
 * VGG16: by default with its top and the weights of ImageNet.
 * @example
 * const base = await VGG16({ weights: "imagenet", includeTop: false, inputShape: [150, 150, 3] });
 * base.trainable = false;
 * console.log(base.outputShape); // [4, 4, 512]
 */
export const VGG16 = vgg(
  "vgg16",
  [2, 2, 3, 3, 3],
  ["64373286793e3c8b2b4e3219cbf3544b", "6d6bbae143d832006294945121d1f1fc"],
);

/** VGG19: by default with its top and the weights of ImageNet. */
export const VGG19 = vgg(
  "vgg19",
  [2, 2, 4, 4, 4],
  ["cbe5617147190e668d6c5d5026f83318", "253f8cb515780f3b799900260a226db6"],
);

function block(number: number, depth: number, width: number): Layer[] {
  const convolutions = Array.from(
    { length: depth },
    (_, i) =>
      new Conv2D({
        name: `block${number}_conv${i + 1}`,
        filters: width,
        kernelSize: 3,
        padding: "same",
        activation: "relu",
      }),
  );
  return [...convolutions, new MaxPooling2D({ name: `block${number}_pool`, poolSize: 2, strides: 2 })];
}

function top(classes: number): Layer[] {
  return [
    new Flatten({ name: "flatten" }),
    new Dense({ name: "fc1", units: 4096, activation: "relu" }),
    new Dense({ name: "fc2", units: 4096, activation: "relu" }),
    new Dense({ name: "predictions", units: classes, activation: "softmax" }),
  ];
}
