/** What convolutions that look at one channel at a time have in common. */
import { depthwiseConv2d } from "../../../kernels/conv/depthwiseConv2d.js";
import type { Value } from "../../../kernels/op.js";
import { reshape } from "../../../kernels/shape/reshape.js";
import { flag, positiveInteger, type Check } from "../../../options/checks.js";
import { nullable, onlyRead, optional, required } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { initializer, type Initializer, type InitializerConfig } from "../../initializers.js";
import { constraintField, type Constraint } from "../../constraints.js";
import { regularizerField, type Regularizer } from "../../regularizers.js";
import { activation, type ActivationOption } from "../activations/activation.js";
import { channelsLast } from "../arguments.js";
import { asImageShape, pairOf, type ImageShape } from "../images.js";
import { Layer, type CallContext } from "../layer.js";
import type { LayerArguments, LayerOptions } from "../layerOptions.js";
import { convolvedSize, windowOn, type WindowArguments } from "./window.js";

/** @typeParam E an extent: a number, or a number or a pair */
export interface DepthwiseOptions<E, Padding> extends LayerOptions {
  /** Size of the window. */
  kernelSize: E;
  /** Default 1. */
  strides?: E;
  /** Default "valid". */
  padding?: Padding;
  /** Distance of neighbouring elements of the kernel. Default 1. */
  dilationRate?: E;
  /** Outputs per input channel. Default 1. */
  depthMultiplier?: number;
  /** Default "linear". */
  activation?: ActivationOption | null;
  /** Default true. */
  useBias?: boolean;
  /** Default "GlorotUniform". */
  depthwiseInitializer?: Initializer;
  /** Default "Zeros". */
  biasInitializer?: Initializer;
  /** Default: none. */
  depthwiseRegularizer?: Regularizer | null;
  /** Default: none. */
  biasRegularizer?: Regularizer | null;
  /** Of the layer's output. Default: none. */
  activityRegularizer?: Regularizer | null;
  /** Default: none. */
  depthwiseConstraint?: Constraint | null;
  /** Default: none. */
  biasConstraint?: Constraint | null;
}

export function depthwiseFields<In, Out, P extends string>(
  extent: Check<In, Out>,
  one: NoInfer<In>,
  padding: Check<P>,
  standard: NoInfer<P>,
) {
  return {
    kernelSize: required(extent),
    strides: optional<In, Out>(extent, one),
    padding: optional<P, P>(padding, standard),
    dilationRate: optional<In, Out>(extent, one),
    depthMultiplier: optional(positiveInteger, 1),
    activation: nullable(optional(activation, "linear")),
    useBias: optional(flag, true),
    depthwiseInitializer: optional(initializer, "GlorotUniform"),
    biasInitializer: optional(initializer, "Zeros"),
    depthwiseRegularizer: regularizerField,
    biasRegularizer: regularizerField,
    activityRegularizer: regularizerField,
    depthwiseConstraint: constraintField,
    biasConstraint: constraintField,
  };
}

export const depthwiseFixed = {
  ...channelsLast,
  groups: onlyRead(1),
};

export interface DepthwiseArguments extends LayerArguments, WindowArguments {
  depthMultiplier: number;
  activation: ActivationOption;
  useBias: boolean;
  depthwiseInitializer: InitializerConfig;
  biasInitializer: InitializerConfig;
}

export abstract class DepthwiseBase<A extends DepthwiseArguments> extends Layer<A> {
  protected get axes(): 1 | 2 {
    return typeof this.args.kernelSize === "number" ? 1 : 2;
  }

  protected windowOutput(input: Shape): ImageShape {
    const [height, width, channels] = asImageShape(this, this.axes, input);
    const [oh, ow] = convolvedSize(this, [height, width], this.args);
    return [oh, ow, channels * this.args.depthMultiplier];
  }

  /** Keras 3 names the weight of a depthwise layer "kernel", Keras 2 "depthwise_kernel"; files are matched by either. */
  protected addDepthwiseKernel(input: Shape): void {
    const { kernelSize, depthMultiplier, depthwiseInitializer } = this.args;
    const shape = [...[kernelSize].flat(), input.at(-1)!, depthMultiplier];
    this.addWeight("depthwise_kernel", shape, depthwiseInitializer);
  }

  /** Images convolved with the depthwise kernel alone. */
  protected depthwise(context: CallContext, images: Value): Value {
    const window = windowOn([images.shape[1], images.shape[2]], this.args);
    const kernel = this.imageKernel(context, "depthwise_kernel");
    return context.graph.add(depthwiseConv2d, [images, kernel], { ...window, activation: "linear" });
  }

  /** A kernel as one of images. */
  protected imageKernel(context: CallContext, name: string): Value {
    const kernel = this.weight(context, name);
    if (this.axes === 2) return kernel;
    const shape = [...pairOf(kernel.shape[0]), ...kernel.shape.slice(1)];
    return context.graph.add(reshape, [kernel], { shape });
  }
}
