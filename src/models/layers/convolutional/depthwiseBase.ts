/** What convolutions that look at one channel at a time have in common. */
import { shapeError } from "../../../errors.js";
import { convOutputHW, resolvePads } from "../../../kernels/common/window2d.js";
import { depthwiseConv2d } from "../../../kernels/conv/depthwiseConv2d.js";
import type { Value } from "../../../kernels/op.js";
import { flag, positiveInteger } from "../../../options/checks.js";
import {
  fixed,
  ignored,
  nullable,
  onlyRead,
  optional,
  required,
  type Arguments,
} from "../../../options/fields.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { initializerJson } from "../../initializers.js";
import { activation, type ActivationName } from "../activations/activation.js";
import { padding, pair, window, type Padding, type Pair } from "../arguments.js";
import { imageShape, Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export interface DepthwiseConv2DOptions extends LayerOptions {
  /** Height and width of the window. */
  kernelSize: number | readonly [number, number];
  /** Default 1. */
  strides?: number | readonly [number, number];
  /** Default "valid". */
  padding?: Padding;
  /** Outputs per input channel. Default 1. */
  depthMultiplier?: number;
  /** Default "linear". */
  activation?: ActivationName | null;
  /** Default true. */
  useBias?: boolean;
}

export const depthwiseFields = {
  kernelSize: required(pair),
  strides: optional(pair, 1),
  padding: optional(padding, "valid"),
  depthMultiplier: optional(positiveInteger, 1),
  activation: nullable(optional(activation, "linear")),
  useBias: optional(flag, true),
};

export const depthwiseFixed = {
  ...window,
  groups: onlyRead(1),
  depthwise_initializer: ignored(initializerJson("GlorotUniform")),
  bias_initializer: ignored(initializerJson("Zeros")),
  depthwise_regularizer: fixed(null),
  bias_regularizer: fixed(null),
  activity_regularizer: fixed(null),
  depthwise_constraint: fixed(null),
  bias_constraint: fixed(null),
};

export const depthwiseTable = layerOptions<DepthwiseConv2DOptions>("DepthwiseConv2D").fields(
  depthwiseFields,
  depthwiseFixed,
);

export abstract class DepthwiseBase<
  A extends Arguments<typeof depthwiseTable> = Arguments<typeof depthwiseTable>,
> extends Layer<A> {
  protected windowOutput(input: Shape): [number, number, number] {
    const [height, width, channels] = imageShape(this, input);
    const { kernelSize, strides, padding, depthMultiplier } = this.args;
    const pads = resolvePads(padding, [height, width], kernelSize, strides);
    const [oh, ow] = convOutputHW([height, width], kernelSize, strides, pads);
    if (oh < 1 || ow < 1) {
      throw shapeError(
        `layer ${this.name}`,
        `an input of at least ${formatShape(kernelSize)}`,
        formatShape(input),
      );
    }
    return [oh, ow, channels * depthMultiplier];
  }

  protected depthwiseShape(input: Shape): Shape {
    const { kernelSize, depthMultiplier } = this.args;
    return [...kernelSize, input[2], depthMultiplier];
  }

  /** The input convolved with the depthwise kernel alone. */
  protected depthwise(context: CallContext, input: Value): Value {
    const size: Pair = [input.shape[1], input.shape[2]];
    const { kernelSize, strides, padding } = this.args;
    const pads = resolvePads(padding, size, kernelSize, strides);
    const attrs = { strides, pads, activation: "linear" } as const;
    return context.graph.add(depthwiseConv2d, [input, this.weight(context, "depthwise_kernel")], attrs);
  }
}
