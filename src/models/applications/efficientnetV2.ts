/** EfficientNetV2B0 to B3, S, M and L (Tan and Le, 2021), after keras/src/applications/efficientnet_v2.py. */
import { DepthwiseConv2D } from "../layers/convolutional/depthwiseConv2d.js";
import type { Layer, SymbolicTensor } from "../layers/layer.js";
import { Normalization } from "../layers/preprocessing/normalization.js";
import { Rescaling } from "../layers/preprocessing/rescaling.js";
import { application } from "./common/application.js";
import { chain } from "./common/chain.js";
import { divisible } from "./common/divisible.js";
import {
  blocksOf,
  EfficientLayers,
  layerBlocksOf,
  scaledByOutputs,
  type Block,
  type Stage,
} from "./common/efficient.js";
import { kerasStorage } from "./common/publishedWeights.js";

const stagesOfB: readonly Stage[] = [
  { depth: 1, width: 16, kernelSize: 3, strides: 1, expansion: 1, isFused: true },
  { depth: 2, width: 32, kernelSize: 3, strides: 2, expansion: 4, isFused: true },
  { depth: 2, width: 48, kernelSize: 3, strides: 2, expansion: 4, isFused: true },
  { depth: 3, width: 96, kernelSize: 3, strides: 2, expansion: 4 },
  { depth: 5, width: 112, kernelSize: 3, strides: 1, expansion: 6 },
  { depth: 8, width: 192, kernelSize: 3, strides: 2, expansion: 6 },
];

const stagesOfS: readonly Stage[] = [
  { depth: 2, width: 24, kernelSize: 3, strides: 1, expansion: 1, isFused: true },
  { depth: 4, width: 48, kernelSize: 3, strides: 2, expansion: 4, isFused: true },
  { depth: 4, width: 64, kernelSize: 3, strides: 2, expansion: 4, isFused: true },
  { depth: 6, width: 128, kernelSize: 3, strides: 2, expansion: 4 },
  { depth: 9, width: 160, kernelSize: 3, strides: 1, expansion: 6 },
  { depth: 15, width: 256, kernelSize: 3, strides: 2, expansion: 6 },
];

const stagesOfM: readonly Stage[] = [
  { depth: 3, width: 24, kernelSize: 3, strides: 1, expansion: 1, isFused: true },
  { depth: 5, width: 48, kernelSize: 3, strides: 2, expansion: 4, isFused: true },
  { depth: 5, width: 80, kernelSize: 3, strides: 2, expansion: 4, isFused: true },
  { depth: 7, width: 160, kernelSize: 3, strides: 2, expansion: 4 },
  { depth: 14, width: 176, kernelSize: 3, strides: 1, expansion: 6 },
  { depth: 18, width: 304, kernelSize: 3, strides: 2, expansion: 6 },
  { depth: 5, width: 512, kernelSize: 3, strides: 1, expansion: 6 },
];

const stagesOfL: readonly Stage[] = [
  { depth: 4, width: 32, kernelSize: 3, strides: 1, expansion: 1, isFused: true },
  { depth: 7, width: 64, kernelSize: 3, strides: 2, expansion: 4, isFused: true },
  { depth: 7, width: 96, kernelSize: 3, strides: 2, expansion: 4, isFused: true },
  { depth: 10, width: 192, kernelSize: 3, strides: 2, expansion: 4 },
  { depth: 19, width: 224, kernelSize: 3, strides: 1, expansion: 6 },
  { depth: 25, width: 384, kernelSize: 3, strides: 2, expansion: 6 },
  { depth: 7, width: 640, kernelSize: 3, strides: 1, expansion: 6 },
];

/** Below the classifier. */
const topDropout = 0.2;

const parts = new EfficientLayers(0.9);

/** How the networks of the family differ. */
interface Scale {
  readonly stages?: readonly Stage[];
  /** Channels of the first convolution. Default 32. */
  readonly first?: number;
  /** Factor of all widths. Default 1. */
  readonly width?: number;
  /** Factor of the stages' depths. Default 1. */
  readonly depth?: number;
  readonly size: number;
}

/** @param md5 of the published weights, with the top and without */
function efficientnetV2<const Size extends string>(
  variant: Size,
  { stages = stagesOfB, first = 32, width = 1, depth = 1, size }: Scale,
  md5: readonly [top: string, noTop: string],
) {
  const modelName = `efficientnetv2-${variant}`;
  // Unlike the first generation's, widths may be rounded down by any share.
  const widthOf = (atOne: number) => divisible(atOne * width, 0);
  const blocks = blocksOf(stages, {
    first: widthOf(first),
    widthOf,
    depthOf: (atOne) => Math.ceil(depth * atOne),
    // Keras counts those of B0 for B1 to B3 too.
    blocks: stages.reduce((sum, stage) => sum + stage.depth, 0),
  });
  return application({
    name: `efficientnetv2${variant}`,
    paper: { authors: "Tan and Le", year: 2021 },
    preprocess: "none",
    defaultSize: size,
    smallestSize: 32,
    featureLayer: "top_activation",
    poolingNames: { avg: "avg_pool", max: "max_pool" },
    blocks: layerBlocksOf(blocks),
    options: {},
    modelName: () => modelName,
    layers(input, { includeTop, classes }) {
      const stemConvolution = { filters: widthOf(first), kernelSize: 3, strides: 2 };
      const stem = chain(
        input,
        ...preprocessing(stages === stagesOfB && input.shape[2] === 3),
        ...parts.activated("stem", stemConvolution),
      );
      const features = blocks.reduce(
        (x, block) => parts.merged(x, block.isFused ? fused(x, block) : separate(x, block), block),
        stem,
      );
      const output = chain(features, ...parts.activated("top", { filters: widthOf(1280) }));
      return includeTop ? chain(output, ...parts.classifier(classes, topDropout)) : output;
    },
    weights: ({ includeTop = true }) => {
      const file = `${modelName}${includeTop ? "" : "_notop"}.h5`;
      return { name: file, url: `${kerasStorage}efficientnet_v2/${file}`, md5: md5[includeTop ? 0 : 1] };
    },
  });
}

/**
 * EfficientNetV2B0: by default with its top and the weights of ImageNet. Takes pixels from 0 to 255.
 * @example
 * const base = await EfficientNetV2B0({ includeTop: false, inputShape: [224, 224, 3], pooling: "avg" });
 */
export const EfficientNetV2B0 = efficientnetV2("b0", { size: 224 }, [
  "21ecbf6da12460d5c40bb2f29ceb2188",
  "893217f2bb855e2983157299931e43ff",
]);

/** EfficientNetV2B1: by default with its top and the weights of ImageNet. Takes pixels from 0 to 255. */
export const EfficientNetV2B1 = efficientnetV2("b1", { depth: 1.1, size: 240 }, [
  "069f0534ff22adf035c89e2d9547a9dc",
  "0e80663031ca32d657f9caa404b6ec37",
]);

/** EfficientNetV2B2: by default with its top and the weights of ImageNet. Takes pixels from 0 to 255. */
export const EfficientNetV2B2 = efficientnetV2("b2", { width: 1.1, depth: 1.2, size: 260 }, [
  "424e49f28180edbde1e94797771950a7",
  "1dfe2e7a5d45b6632553a8961ea609eb",
]);

/** EfficientNetV2B3: by default with its top and the weights of ImageNet. Takes pixels from 0 to 255. */
export const EfficientNetV2B3 = efficientnetV2("b3", { width: 1.2, depth: 1.4, size: 300 }, [
  "1f1fc43bd98a6e4fd8fdfd551e02c7a0",
  "f6abf7b5849ac99a89b50dd3fd532856",
]);

/** EfficientNetV2S: by default with its top and the weights of ImageNet. Takes pixels from 0 to 255. */
export const EfficientNetV2S = efficientnetV2("s", { stages: stagesOfS, first: 24, size: 384 }, [
  "e1d88a8495beba45748fedd0cecbe016",
  "af0682fb74e8c54910f2d4393339c070",
]);

/** EfficientNetV2M: by default with its top and the weights of ImageNet. Takes pixels from 0 to 255. */
export const EfficientNetV2M = efficientnetV2("m", { stages: stagesOfM, first: 24, size: 480 }, [
  "a3bf6aa3276309f4fc6a34aa114c95cd",
  "1b8dc055df72dde80d614482840fe342",
]);

/** EfficientNetV2L: by default with its top and the weights of ImageNet. Takes pixels from 0 to 255. */
export const EfficientNetV2L = efficientnetV2("l", { stages: stagesOfL, first: 32, size: 480 }, [
  "27e6d408b53c7ebc868fefa357689935",
  "b0b66b5c863aef5b46e8608fe1711615",
]);

/** @param isLikeFirst as in the first generation */
function preprocessing(isLikeFirst: boolean): Layer[] {
  if (!isLikeFirst) return [new Rescaling({ name: "rescaling", scale: 1 / 128, offset: -1 })];
  return [
    new Rescaling({ name: "rescaling", scale: 1 / 255 }),
    new Normalization({
      name: "normalization",
      mean: [0.485, 0.456, 0.406],
      variance: [0.229 ** 2, 0.224 ** 2, 0.225 ** 2],
    }),
  ];
}

/** A block whose first convolution widens. */
function fused(
  x: SymbolicTensor,
  { name, expansion, kernelSize, strides, width, widthBefore }: Block,
): SymbolicTensor {
  if (expansion === 1)
    return chain(x, ...parts.activated(`${name}_project`, { filters: width, kernelSize, strides }));
  const wide = { filters: widthBefore * expansion, kernelSize, strides };
  return chain(
    x,
    ...parts.activated(`${name}_expand`, wide),
    ...parts.convolution(`${name}_project`, { filters: width }),
  );
}

/** A block with a depthwise convolution. */
function separate(x: SymbolicTensor, block: Block): SymbolicTensor {
  const { name, expansion, kernelSize, strides, width, widthBefore } = block;
  const wide = chain(
    x,
    ...parts.activated(`${name}_expand`, { filters: widthBefore * expansion }),
    new DepthwiseConv2D({
      ...{ name: `${name}_dwconv2`, kernelSize, strides, padding: "same", useBias: false },
      depthwiseInitializer: scaledByOutputs,
    }),
    parts.normalization(`${name}_bn`),
    parts.activation(`${name}_activation`),
  );
  const weighed = parts.squeezeExcite(wide, block);
  return chain(weighed, ...parts.convolution(`${name}_project`, { filters: width }));
}
