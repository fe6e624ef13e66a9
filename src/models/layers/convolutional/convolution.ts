/** What convolutions along one axis and along two have in common. */
import { shapeError } from "../../../errors.js";
import { conv2d } from "../../../kernels/conv/conv2d.js";
import type { Value } from "../../../kernels/op.js";
import { reshape } from "../../../kernels/shape/reshape.js";
import { flag, positiveInteger, type Check } from "../../../options/checks.js";
import { nullable, optional, required } from "../../../options/fields.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { initializer, type Initializer, type InitializerConfig } from "../../initializers.js";
import {
  activatedShape,
  activation,
  emitActivation,
  type ActivationOption,
} from "../activations/activation.js";
import { channelsLast, weightFields, type WeightOptions } from "../arguments.js";
import { asImageShape, fromImageShape, onImages, pairOf } from "../images.js";
import { Layer, type CallContext } from "../layer.js";
import type { LayerArguments, LayerOptions } from "../layerOptions.js";
import { convolvedSize, windowOn, type WindowArguments } from "./window.js";

/** @typeParam E an extent: a number, or a number or a pair */
export interface ConvolutionOptions<E, Padding> extends LayerOptions, WeightOptions {
  /** Channels of the output. */
  filters: number;
  /** Size of the window. */
  kernelSize: E;
  /** Default 1. */
  strides?: E;
  /** Default "valid". */
  padding?: Padding;
  /** Distance of neighbouring elements of the kernel. Default 1. */
  dilationRate?: E;
  /** Equal parts of the channels, each convolved by itself. Default 1. */
  groups?: number;
  /** Default "linear". */
  activation?: ActivationOption | null;
  /** Default true. */
  useBias?: boolean;
  /** Default "GlorotUniform". */
  kernelInitializer?: Initializer;
  /** Default "Zeros". */
  biasInitializer?: Initializer;
}

export function convolutionFields<In, Out, P extends string>(
  extent: Check<In, Out>,
  one: NoInfer<In>,
  padding: Check<P>,
  standard: NoInfer<P>,
) {
  return {
    filters: required(positiveInteger),
    kernelSize: required(extent),
    strides: optional<In, Out>(extent, one),
    padding: optional<P, P>(padding, standard),
    dilationRate: optional<In, Out>(extent, one),
    groups: optional(positiveInteger, 1),
    activation: nullable(optional(activation, "linear")),
    useBias: optional(flag, true),
    kernelInitializer: optional(initializer, "GlorotUniform"),
    biasInitializer: optional(initializer, "Zeros"),
    ...weightFields,
  };
}

export const convolutionFixed = channelsLast;

export interface ConvolutionArguments extends LayerArguments, WindowArguments {
  filters: number;
  groups: number;
  activation: ActivationOption;
  useBias: boolean;
  kernelInitializer: InitializerConfig;
  biasInitializer: InitializerConfig;
}

/**
 * A convolution with a kernel (…window, in / groups, out), then bias and activation. Follows
 * keras/src/layers/convolutional/base_conv.py.
 */
export abstract class Convolution<A extends ConvolutionArguments> extends Layer<A> {
  private get axes(): 1 | 2 {
    return typeof this.args.kernelSize === "number" ? 1 : 2;
  }

  override computeOutputShape(input: Shape): Shape {
    const [height, width, channels] = asImageShape(this, this.axes, input);
    const { filters, groups, activation } = this.args;
    if (channels % groups !== 0 || filters % groups !== 0) {
      throw shapeError(
        `layer ${this.name}`,
        `channels and filters that ${groups} groups divide`,
        `${formatShape(input)} and ${filters} filters`,
      );
    }
    const [oh, ow] = convolvedSize(this, [height, width], this.args);
    return activatedShape(`layer ${this.name}`, activation, fromImageShape(this.axes, [oh, ow, filters]));
  }

  protected override createWeights(input: Shape): void {
    const { filters, kernelSize, groups, useBias, kernelInitializer, biasInitializer } = this.args;
    const shape = [...[kernelSize].flat(), input.at(-1)! / groups, filters];
    this.addWeight("kernel", shape, kernelInitializer);
    if (useBias) this.addWeight("bias", [filters], biasInitializer);
  }

  override call(context: CallContext, input: Value): Value {
    const { graph } = context;
    const { groups, activation } = this.args;
    const kernel = this.imageKernel(context, "kernel");
    const z = onImages(graph, input, (images) => {
      const window = windowOn([images.shape[1], images.shape[2]], this.args);
      const attrs = { ...window, groups, activation: "linear" } as const;
      return this.withBias(context, graph.add(conv2d, [images, kernel], attrs));
    });
    return emitActivation(context, activation, z);
  }

  /** A kernel as one of images. */
  private imageKernel(context: CallContext, name: string): Value {
    const kernel = this.weight(context, name);
    if (this.axes === 2) return kernel;
    const shape = [...pairOf(kernel.shape[0]), ...kernel.shape.slice(1)];
    return context.graph.add(reshape, [kernel], { shape });
  }
}
