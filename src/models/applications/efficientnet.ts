/** EfficientNetB0 to B7 (Tan and Le, 2019), after keras/src/applications/efficientnet.py. */
import { DepthwiseConv2D } from "../layers/convolutional/depthwiseConv2d.js";
import type { SymbolicTensor } from "../layers/layer.js";
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
import { halvingPad } from "./common/halvingPad.js";
import { googleStorage } from "./common/publishedWeights.js";

const stages: readonly Stage[] = [
  { depth: 1, width: 16, kernelSize: 3, strides: 1, expansion: 1 },
  { depth: 2, width: 24, kernelSize: 3, strides: 2, expansion: 6 },
  { depth: 2, width: 40, kernelSize: 5, strides: 2, expansion: 6 },
  { depth: 3, width: 80, kernelSize: 3, strides: 2, expansion: 6 },
  { depth: 3, width: 112, kernelSize: 5, strides: 1, expansion: 6 },
  { depth: 4, width: 192, kernelSize: 5, strides: 2, expansion: 6 },
  { depth: 1, width: 320, kernelSize: 3, strides: 1, expansion: 6 },
];

/** How a network of the family differs from B0. */
interface Scale {
  /** Factor of all widths. */
  readonly width: number;
  /** Factor of the stages' depths. */
  readonly depth: number;
  readonly size: number;
  /** Below the classifier. */
  readonly dropout: number;
}

const parts = new EfficientLayers(0.99);

const deviations = [0.229, 0.224, 0.225];

/** @param md5 of the published weights, with the top and without */
function efficientnet<const Name extends string>(
  name: Name,
  { width, depth, size, dropout }: Scale,
  md5: readonly [top: string, noTop: string],
) {
  const widthOf = (atB0: number) => divisible(atB0 * width);
  const depthOf = (atB0: number) => Math.ceil(depth * atB0);
  const count = stages.reduce((sum, stage) => sum + depthOf(stage.depth), 0);
  const blocks = blocksOf(stages, { first: widthOf(32), widthOf, depthOf, blocks: count });
  return application({
    name,
    paper: { authors: "Tan and Le", year: 2019 },
    preprocess: "none",
    defaultSize: size,
    smallestSize: 32,
    featureLayer: "top_activation",
    poolingNames: { avg: "avg_pool", max: "max_pool" },
    blocks: layerBlocksOf(blocks),
    options: {},
    publishedDiffers: true,
    layers(input, { includeTop, classes, published }) {
      const pixels = chain(
        input,
        new Rescaling({ name: "rescaling", scale: 1 / 255 }),
        new Normalization({ name: "normalization" }),
        // The published network was trained on pixels divided by the variance; its file has deviations for variances.
        ...(published
          ? [new Rescaling({ name: "rescaling_1", scale: deviations.map((d) => 1 / Math.sqrt(d)) })]
          : []),
      );
      const padded = halvingPad("stem_conv_pad", pixels, 3).apply(pixels);
      const first = { filters: widthOf(32), kernelSize: 3, strides: 2, padding: "valid" } as const;
      const stem = chain(padded, ...parts.activated("stem", first));
      const features = blocks.reduce(invertedResidual, stem);
      const output = chain(features, ...parts.activated("top", { filters: widthOf(1280) }));
      return includeTop ? chain(output, ...parts.classifier(classes, dropout)) : output;
    },
    weights: ({ includeTop = true }) => {
      const file = `${name}${includeTop ? "" : "_notop"}.h5`;
      return { name: file, url: `${googleStorage}keras-applications/${file}`, md5: md5[includeTop ? 0 : 1] };
    },
  });
}

/**
 * EfficientNetB0: by default with its top and the weights of ImageNet. Takes pixels from 0 to 255.
 * @example
 * const base = await EfficientNetB0({ includeTop: false, inputShape: [224, 224, 3], pooling: "avg" });
 */
export const EfficientNetB0 = efficientnet(
  "efficientnetb0",
  { width: 1, depth: 1, size: 224, dropout: 0.2 },
  ["902e53a9f72be733fc0bcb005b3ebbac", "50bc09e76180e00e4465e1a485ddc09d"],
);

/** EfficientNetB1: by default with its top and the weights of ImageNet. Takes pixels from 0 to 255. */
export const EfficientNetB1 = efficientnet(
  "efficientnetb1",
  { width: 1, depth: 1.1, size: 240, dropout: 0.2 },
  ["1d254153d4ab51201f1646940f018540", "74c4e6b3e1f6a1eea24c589628592432"],
);

/** EfficientNetB2: by default with its top and the weights of ImageNet. Takes pixels from 0 to 255. */
export const EfficientNetB2 = efficientnet(
  "efficientnetb2",
  { width: 1.1, depth: 1.2, size: 260, dropout: 0.3 },
  ["b15cce36ff4dcbd00b6dd88e7857a6ad", "111f8e2ac8aa800a7a99e3239f7bfb39"],
);

/** EfficientNetB3: by default with its top and the weights of ImageNet. Takes pixels from 0 to 255. */
export const EfficientNetB3 = efficientnet(
  "efficientnetb3",
  { width: 1.2, depth: 1.4, size: 300, dropout: 0.3 },
  ["ffd1fdc53d0ce67064dc6a9c7960ede0", "af6d107764bb5b1abb91932881670226"],
);

/** EfficientNetB4: by default with its top and the weights of ImageNet. Takes pixels from 0 to 255. */
export const EfficientNetB4 = efficientnet(
  "efficientnetb4",
  { width: 1.4, depth: 1.8, size: 380, dropout: 0.4 },
  ["18c95ad55216b8f92d7e70b3a046e2fc", "ebc24e6d6c33eaebbd558eafbeedf1ba"],
);

/** EfficientNetB5: by default with its top and the weights of ImageNet. Takes pixels from 0 to 255. */
export const EfficientNetB5 = efficientnet(
  "efficientnetb5",
  { width: 1.6, depth: 2.2, size: 456, dropout: 0.4 },
  ["ace28f2a6363774853a83a0b21b9421a", "38879255a25d3c92d5e44e04ae6cec6f"],
);

/** EfficientNetB6: by default with its top and the weights of ImageNet. Takes pixels from 0 to 255. */
export const EfficientNetB6 = efficientnet(
  "efficientnetb6",
  { width: 1.8, depth: 2.6, size: 528, dropout: 0.5 },
  ["165f6e37dce68623721b423839de8be5", "9ecce42647a20130c1f39a5d4cb75743"],
);

/** EfficientNetB7: by default with its top and the weights of ImageNet. Takes pixels from 0 to 255. */
export const EfficientNetB7 = efficientnet(
  "efficientnetb7",
  { width: 2, depth: 3.1, size: 600, dropout: 0.5 },
  ["8c03f828fec3ef71311cd463b6759d99", "cbcfe4450ddf6f3ad90b1b398090fe4a"],
);

/** Wide inside, narrow at its ends. */
function invertedResidual(input: SymbolicTensor, block: Block): SymbolicTensor {
  const { name, expansion, kernelSize, strides, width, widthBefore } = block;
  const expanded =
    expansion === 1
      ? input
      : chain(input, ...parts.activated(`${name}_expand`, { filters: widthBefore * expansion }));
  const padded =
    strides === 1 ? expanded : halvingPad(`${name}_dwconv_pad`, expanded, kernelSize).apply(expanded);
  const depthwise = new DepthwiseConv2D({
    name: `${name}_dwconv`,
    kernelSize,
    strides,
    padding: strides === 1 ? "same" : "valid",
    useBias: false,
    depthwiseInitializer: scaledByOutputs,
  });
  const wide = chain(
    padded,
    depthwise,
    parts.normalization(`${name}_bn`),
    parts.activation(`${name}_activation`),
  );
  const weighed = parts.squeezeExcite(wide, block);
  return parts.merged(
    input,
    chain(weighed, ...parts.convolution(`${name}_project`, { filters: width })),
    block,
  );
}
