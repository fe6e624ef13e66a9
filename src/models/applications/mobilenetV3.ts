/** MobileNetV3Small and MobileNetV3Large (Howard et al., 2019), after keras/src/applications/mobilenet_v3.py. */
import { Activation } from "../layers/activations/activation.js";
import { ReLU } from "../layers/activations/relu.js";
import { Conv2D } from "../layers/convolutional/conv2d.js";
import { DepthwiseConv2D } from "../layers/convolutional/depthwiseConv2d.js";
import type { Layer, SymbolicTensor } from "../layers/layer.js";
import { Add } from "../layers/merging/add.js";
import { Multiply } from "../layers/merging/multiply.js";
import { BatchNormalization } from "../layers/normalization/batchNormalization.js";
import { GlobalAveragePooling2D } from "../layers/pooling/globalAveragePooling2d.js";
import { Rescaling } from "../layers/preprocessing/rescaling.js";
import { Dropout } from "../layers/regularization/dropout.js";
import { Flatten } from "../layers/reshaping/flatten.js";
import { application } from "./common/application.js";
import { chain } from "./common/chain.js";
import { divisible } from "./common/divisible.js";
import { halvingPad } from "./common/halvingPad.js";
import { LayerNames, numbered } from "./common/numbered.js";
import { kerasStorage } from "./common/publishedWeights.js";
import { alphaOption, scaledWeights, type AlphaOptions } from "./common/scaled.js";

interface Block {
  /** How many times as wide as its input the block is inside. */
  readonly expansion: number;
  /** Of its output, at alpha 1. */
  readonly width: number;
  readonly kernelSize: 3 | 5;
  readonly strides: 1 | 2;
  /** Whether its channels are weighed by what all places together have in them. */
  readonly squeezes: boolean;
  readonly activation: "relu" | "hard_swish";
}

/** How the tables below are read. */
function block(
  expansion: number,
  width: number,
  kernelSize: 3 | 5,
  strides: 1 | 2,
  squeezes: boolean,
  activation: Block["activation"],
): Block {
  return { expansion, width, kernelSize, strides, squeezes, activation };
}

interface Size {
  readonly blocks: readonly Block[];
  /** Channels of the layer below the classifier. */
  readonly lastWidth: number;
  readonly md5: Readonly<Record<string, readonly [top: string, noTop: string]>>;
}

const small: Size = {
  blocks: [
    block(1, 16, 3, 2, true, "relu"),
    block(72 / 16, 24, 3, 2, false, "relu"),
    block(88 / 24, 24, 3, 1, false, "relu"),
    block(4, 40, 5, 2, true, "hard_swish"),
    block(6, 40, 5, 1, true, "hard_swish"),
    block(6, 40, 5, 1, true, "hard_swish"),
    block(3, 48, 5, 1, true, "hard_swish"),
    block(3, 48, 5, 1, true, "hard_swish"),
    block(6, 96, 5, 2, true, "hard_swish"),
    block(6, 96, 5, 1, true, "hard_swish"),
    block(6, 96, 5, 1, true, "hard_swish"),
  ],
  lastWidth: 1024,
  md5: {
    "0.75": ["cb65d4e5be93758266aa0a7f2c6708b7", "ebdb5cc8e0b497cd13a7c275d475c819"],
    "1.0": ["8768d4c2e7dee89b9d02b2d03d65d862", "d3e8ec802a04aa4fc771ee12a9a9b836"],
  },
};

const large: Size = {
  blocks: [
    block(1, 16, 3, 1, false, "relu"),
    block(4, 24, 3, 2, false, "relu"),
    block(3, 24, 3, 1, false, "relu"),
    block(3, 40, 5, 2, true, "relu"),
    block(3, 40, 5, 1, true, "relu"),
    block(3, 40, 5, 1, true, "relu"),
    block(6, 80, 3, 2, false, "hard_swish"),
    block(2.5, 80, 3, 1, false, "hard_swish"),
    block(2.3, 80, 3, 1, false, "hard_swish"),
    block(2.3, 80, 3, 1, false, "hard_swish"),
    block(6, 112, 3, 1, true, "hard_swish"),
    block(6, 112, 3, 1, true, "hard_swish"),
    block(6, 160, 5, 2, true, "hard_swish"),
    block(6, 160, 5, 1, true, "hard_swish"),
    block(6, 160, 5, 1, true, "hard_swish"),
  ],
  lastWidth: 1280,
  md5: {
    "0.75": ["765b44a33ad4005b3ac83185abf1d0eb", "40af19a13ebea4e2ee0c676887f69a2e"],
    "1.0": ["59e551e166be033d707958cf9e29a6a7", "07fb09a5933dd0c8eaafa16978110389"],
  },
};

const firstWidth = 16;
const dropoutRate = 0.2;

const scales = {
  alphas: new Map([
    [0.75, "0.75"],
    [1, "1.0"],
  ]),
  heights: [224],
};

function mobilenetV3<const Name extends string>(name: Name, kind: "small" | "large", size: Size) {
  const { blocks, lastWidth, md5 } = size;
  // Those of the blocks, each of which has two where it is wider inside, the first convolution's and the last one's.
  const hardSwishes = blocks.filter(({ activation }) => activation === "hard_swish").length * 2 + 2;
  const featureLayer = numbered("activation", hardSwishes - 1);
  return application<Name, AlphaOptions>({
    name,
    paper: { authors: "Howard et al.", year: 2019 },
    preprocess: "none",
    defaultSize: 224,
    smallestSize: 32,
    featureLayer,
    poolingNames: { avg: "avg_pool", max: "max_pool" },
    blocks: [
      // The first one with the layers below it: their names alone are those of many networks.
      ...blocks.map(({ width, strides }, i) => {
        const hasShortcut = strides === 1 && width === (blocks[i - 1]?.width ?? firstWidth);
        return { name: `block${i}`, last: `${prefixOf(i)}_${hasShortcut ? "add" : "project_bn"}` };
      }),
      { name: "last", last: featureLayer },
    ],
    options: alphaOption,
    modelName: () => `MobileNetV3${kind === "small" ? "Small" : "Large"}`,
    layers(input, { alpha, includeTop, classes }) {
      const network = new Network(alpha);
      const output = network.features(input, blocks);
      if (!includeTop) return output;
      return network.classified(output, alpha > 1 ? divisible(lastWidth * alpha) : lastWidth, classes);
    },
    weights: scaledWeights(name, scales, (width, rows, includeTop) => {
      const file = `weights_mobilenet_v3_${kind}_${rows}_${width}_float${includeTop ? "" : "_no_top_v2"}.h5`;
      return { name: file, url: `${kerasStorage}mobilenet_v3/${file}`, md5: md5[width][includeTop ? 0 : 1] };
    }),
  });
}

/**
 * MobileNetV3Small: by default with its top and the weights of ImageNet. Takes pixels from 0 to 255.
 * @example
 * const base = await MobileNetV3Small({ includeTop: false, inputShape: [224, 224, 3], pooling: "avg" });
 */
export const MobileNetV3Small = mobilenetV3("mobilenetv3small", "small", small);

/** MobileNetV3Large: by default with its top and the weights of ImageNet. Takes pixels from 0 to 255. */
export const MobileNetV3Large = mobilenetV3("mobilenetv3large", "large", large);

function prefixOf(place: number): string {
  return place === 0 ? "expanded_conv" : `expanded_conv_${place}`;
}

/** Builds the network; Keras leaves the names of activations to the classes, which number them in the order made here. */
class Network {
  private readonly names = new LayerNames();

  constructor(private readonly alpha: number) {}

  features(input: SymbolicTensor, blocks: readonly Block[]): SymbolicTensor {
    const rescaling = new Rescaling({ name: "rescaling", scale: 1 / 127.5, offset: -1 });
    const first = new Conv2D({
      name: "conv",
      filters: firstWidth,
      kernelSize: 3,
      strides: 2,
      padding: "same",
      useBias: false,
    });
    const stem = chain(input, rescaling, first, normalization("conv_bn"), this.activation("hard_swish"));
    const x = blocks.reduce((below, one, i) => this.invertedResidual(below, one, prefixOf(i)), stem);
    return this.convolve(x, "conv_1", divisible(6 * x.shape[2]), "hard_swish");
  }

  classified(features: SymbolicTensor, width: number, classes: number): SymbolicTensor {
    return chain(
      features,
      new GlobalAveragePooling2D({ keepdims: true }),
      new Conv2D({ name: "conv_2", filters: width, kernelSize: 1, padding: "same" }),
      this.activation("hard_swish"),
      new Dropout({ name: "dropout", rate: dropoutRate }),
      new Conv2D({ name: "logits", filters: classes, kernelSize: 1, padding: "same" }),
      new Flatten({ name: "flatten" }),
      new Activation({ name: "predictions", activation: "softmax" }),
    );
  }

  private activation(kind: Block["activation"]): Layer {
    if (kind === "relu") return new ReLU({ name: this.names.next("re_lu") });
    return new Activation({ name: this.names.next("activation"), activation: kind });
  }

  /** Wide inside, narrow at its ends, with a shortcut between these where they have the same shape. */
  private invertedResidual(input: SymbolicTensor, one: Block, prefix: string): SymbolicTensor {
    const { expansion, kernelSize, strides, squeezes, activation } = one;
    const channels = input.shape[2];
    const width = divisible(one.width * this.alpha);
    const inner = divisible(channels * expansion);
    let x = input;
    // The first block is as wide inside as its input.
    if (prefix !== prefixOf(0)) x = this.convolve(x, `${prefix}_expand`, inner, activation);
    if (strides === 2) x = halvingPad(`${prefix}_depthwise_pad`, x, kernelSize).apply(x);
    const depthwise = new DepthwiseConv2D({
      name: `${prefix}_depthwise`,
      kernelSize,
      strides,
      padding: strides === 1 ? "same" : "valid",
      useBias: false,
    });
    x = chain(x, depthwise, normalization(`${prefix}_depthwise_bn`), this.activation(activation));
    if (squeezes) x = this.squeezeExcite(x, `${prefix}_squeeze_excite`);
    x = this.convolve(x, `${prefix}_project`, width);
    return strides === 1 && channels === width ? new Add({ name: `${prefix}_add` }).apply(input, x) : x;
  }

  private convolve(
    x: SymbolicTensor,
    name: string,
    filters: number,
    activation?: Block["activation"],
  ): SymbolicTensor {
    const convolution = new Conv2D({ name, filters, kernelSize: 1, padding: "same", useBias: false });
    const normalized = chain(x, convolution, normalization(`${name}_bn`));
    return activation ? this.activation(activation).apply(normalized) : normalized;
  }

  /** Multiplies each channel by relu6(z + 3) / 6, where z comes of the means of all channels. */
  private squeezeExcite(x: SymbolicTensor, name: string): SymbolicTensor {
    const channels = x.shape[2];
    const weights = chain(
      x,
      new GlobalAveragePooling2D({ name: `${name}_avg_pool`, keepdims: true }),
      new Conv2D({ name: `${name}_conv`, filters: divisible(channels / 4), kernelSize: 1, padding: "same" }),
      new ReLU({ name: `${name}_relu` }),
      new Conv2D({ name: `${name}_conv_1`, filters: channels, kernelSize: 1, padding: "same" }),
      // In Keras these two are operations, not layers; every version of it reads them as layers.
      new Rescaling({ name: this.names.next("add"), scale: 1, offset: 3 }),
      new ReLU({ name: this.names.next("re_lu"), maxValue: 6 }),
      new Rescaling({ name: this.names.next("multiply"), scale: 1 / 6 }),
    );
    return new Multiply({ name: `${name}_mul` }).apply(x, weights);
  }
}

function normalization(name: string): Layer {
  return new BatchNormalization({ name, momentum: 0.999 });
}
