/** What both generations of EfficientNet are made of. */
import { Activation } from "../../layers/activations/activation.js";
import { Conv2D } from "../../layers/convolutional/conv2d.js";
import { Dense } from "../../layers/core/dense.js";
import type { Layer, SymbolicTensor } from "../../layers/layer.js";
import { Add } from "../../layers/merging/add.js";
import { Multiply } from "../../layers/merging/multiply.js";
import { BatchNormalization } from "../../layers/normalization/batchNormalization.js";
import { GlobalAveragePooling2D } from "../../layers/pooling/globalAveragePooling2d.js";
import { Dropout } from "../../layers/regularization/dropout.js";
import { Reshape } from "../../layers/reshaping/reshape.js";
import { chain } from "./chain.js";
import type { Initializer } from "../../initializers.js";
import type { LayerBlock } from "./description.js";

/** Blocks of one width. */
export interface Stage {
  readonly depth: number;
  readonly width: number;
  readonly kernelSize: 3 | 5;
  /** Of the first block. */
  readonly strides: 1 | 2;
  /** How many times as wide as its input a block is inside. */
  readonly expansion: number;
  /** One convolution that widens, instead of a pointwise and a depthwise one. */
  readonly isFused?: true;
}

export interface Block extends Omit<Stage, "depth"> {
  readonly name: string;
  readonly widthBefore: number;
  /** Share of samples that skip the block in training. */
  readonly dropout: number;
  readonly hasShortcut: boolean;
}

interface Scales {
  /** The width of what comes into the first block. */
  readonly first: number;
  readonly widthOf: (width: number) => number;
  readonly depthOf: (depth: number) => number;
  /** Blocks until the dropout has grown to its full share. */
  readonly blocks: number;
}

const fullDropout = 0.2;

/** For kernels of convolutions. */
export const scaledByOutputs: Initializer = {
  className: "VarianceScaling",
  config: { scale: 2, mode: "fan_out", distribution: "truncated_normal" },
};
const ofClassifier: Initializer = {
  className: "VarianceScaling",
  config: { scale: 1 / 3, mode: "fan_out", distribution: "uniform" },
};

/** The blocks of a network, "block1a", "block2a", "block2b"… */
export function blocksOf(stages: readonly Stage[], { first, widthOf, depthOf, blocks }: Scales): Block[] {
  const all: Block[] = [];
  let widthBefore = first;
  for (const [i, { depth, strides: firstStrides, ...stage }] of stages.entries()) {
    const width = widthOf(stage.width);
    for (let j = 0; j < depthOf(depth); j++) {
      const strides = j === 0 ? firstStrides : 1;
      const hasShortcut = strides === 1 && widthBefore === width;
      const dropout = (fullDropout * all.length) / blocks;
      const name = `block${i + 1}${String.fromCharCode("a".charCodeAt(0) + j)}`;
      all.push({ ...stage, name, width, widthBefore, strides, hasShortcut, dropout });
      widthBefore = width;
    }
  }
  return all;
}

/** What training freezes and unfreezes together. */
export function layerBlocksOf(blocks: readonly Block[]): LayerBlock[] {
  const lastOf = ({ hasShortcut, isFused, expansion }: Block) =>
    hasShortcut ? "add" : isFused && expansion === 1 ? "project_activation" : "project_bn";
  return [
    { name: "stem", last: "stem_activation" },
    ...blocks.map((block) => ({ name: block.name, last: `${block.name}_${lastOf(block)}` })),
    { name: "top", last: "top_activation" },
  ];
}

interface Convolution {
  readonly filters: number;
  /** Default 1. */
  readonly kernelSize?: number;
  /** Default 1. */
  readonly strides?: number;
  /** Default "same". */
  readonly padding?: "same" | "valid";
}

/** Makes the layers that the generations have in common. @param momentum of the moving statistics */
export class EfficientLayers {
  constructor(private readonly momentum: number) {}

  /** A convolution and its normalization. */
  convolution(
    name: string,
    { filters, kernelSize = 1, strides = 1, padding = "same" }: Convolution,
  ): Layer[] {
    return [
      new Conv2D({
        ...{ name: `${name}_conv`, filters, kernelSize, strides, padding, useBias: false },
        kernelInitializer: scaledByOutputs,
      }),
      this.normalization(`${name}_bn`),
    ];
  }

  /** The same, activated. */
  activated(name: string, convolution: Convolution): Layer[] {
    return [...this.convolution(name, convolution), this.activation(`${name}_activation`)];
  }

  normalization(name: string): Layer {
    return new BatchNormalization({ name, momentum: this.momentum });
  }

  activation(name: string): Layer {
    return new Activation({ name, activation: "swish" });
  }

  /** Multiplies each channel by a factor that comes of the means of all. */
  squeezeExcite(x: SymbolicTensor, { name, widthBefore }: Block): SymbolicTensor {
    const channels = x.shape[2];
    const pointwise = (what: string, filters: number, activation: "swish" | "sigmoid") =>
      new Conv2D({
        ...{ name: `${name}_se_${what}`, filters, kernelSize: 1, padding: "same", activation },
        kernelInitializer: scaledByOutputs,
      });
    const factors = chain(
      x,
      new GlobalAveragePooling2D({ name: `${name}_se_squeeze` }),
      new Reshape({ name: `${name}_se_reshape`, targetShape: [1, 1, channels] }),
      pointwise("reduce", Math.max(1, Math.trunc(widthBefore / 4)), "swish"),
      pointwise("expand", channels, "sigmoid"),
    );
    return new Multiply({ name: `${name}_se_excite` }).apply(x, factors);
  }

  /** What a block computes, or where it has a shortcut, the sum with its input. */
  merged(input: SymbolicTensor, x: SymbolicTensor, { name, dropout, hasShortcut }: Block): SymbolicTensor {
    if (!hasShortcut) return x;
    const noiseShape = [null, 1, 1, 1];
    const kept = dropout > 0 ? new Dropout({ name: `${name}_drop`, rate: dropout, noiseShape }).apply(x) : x;
    return new Add({ name: `${name}_add` }).apply(kept, input);
  }

  classifier(classes: number, dropout: number): Layer[] {
    return [
      new GlobalAveragePooling2D({ name: "avg_pool" }),
      new Dropout({ name: "top_dropout", rate: dropout }),
      new Dense({
        ...{ name: "predictions", units: classes, activation: "softmax" },
        kernelInitializer: ofClassifier,
      }),
    ];
  }
}
