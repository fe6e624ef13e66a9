/** Convolutions that look at one channel at a time. */
import { shapeError, WgraftError } from "../../../errors.js";
import { conv2d } from "../../../kernels/conv/conv2d.js";
import { convOutputHW, resolvePads } from "../../../kernels/common/window2d.js";
import { depthwiseConv2d } from "../../../kernels/conv/depthwiseConv2d.js";
import type { Value } from "../../../kernels/op.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { emitActivation, parseActivation, type ActivationName } from "../activations/activation.js";
import { initializerJson, pair, parsePadding, type Padding, type Pair } from "../config.js";
import { imageShape, Layer, type CallContext, type LayerOptions } from "../layer.js";

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
  activation?: ActivationName;
  /** Default true. */
  useBias?: boolean;
}

abstract class DepthwiseBase extends Layer {
  protected readonly kernelSize: Pair;
  protected readonly strides: Pair;
  protected readonly padding: Padding;
  protected readonly depthMultiplier: number;
  protected readonly activation: ActivationName;
  protected readonly useBias: boolean;

  constructor(kind: string, options: DepthwiseConv2DOptions) {
    super(kind, options);
    this.kernelSize = pair(options.kernelSize, [1, 1], `layer ${this.name}: kernelSize`);
    this.strides = pair(options.strides, [1, 1], `layer ${this.name}: strides`);
    this.padding = parsePadding(options.padding, this.name);
    this.depthMultiplier = options.depthMultiplier ?? 1;
    this.activation = parseActivation(options.activation);
    this.useBias = options.useBias ?? true;
    if (!Number.isInteger(this.depthMultiplier) || this.depthMultiplier < 1) {
      throw new WgraftError("usage", `layer ${this.name}: depthMultiplier must be a positive whole number`);
    }
  }

  protected windowOutput(input: Shape): [number, number, number] {
    const [height, width, channels] = imageShape(this, input);
    const pads = resolvePads(this.padding, [height, width], this.kernelSize, this.strides);
    const [oh, ow] = convOutputHW([height, width], this.kernelSize, this.strides, pads);
    if (oh < 1 || ow < 1) {
      throw shapeError(
        `layer ${this.name}`,
        `an input of at least ${formatShape(this.kernelSize)}`,
        formatShape(input),
      );
    }
    return [oh, ow, channels * this.depthMultiplier];
  }

  protected depthwiseShape(input: Shape): Shape {
    return [...this.kernelSize, input[2], this.depthMultiplier];
  }

  /** The input convolved with the depthwise kernel alone. */
  protected depthwise(context: CallContext, input: Value): Value {
    const size: Pair = [input.shape[1], input.shape[2]];
    const pads = resolvePads(this.padding, size, this.kernelSize, this.strides);
    const attrs = { strides: this.strides, pads, activation: "linear" } as const;
    return context.graph.add(depthwiseConv2d, [input, this.weight(context, "depthwise_kernel")], attrs);
  }

  /** Bias and activation of the last convolution's result. */
  protected finished(context: CallContext, z: Value): Value {
    return emitActivation(context, this.activation, this.useBias ? this.addBias(context, z) : z);
  }

  protected windowConfig(): Record<string, unknown> {
    return {
      ...this.baseConfig(),
      kernel_size: this.kernelSize,
      strides: this.strides,
      padding: this.padding,
      data_format: "channels_last",
      dilation_rate: [1, 1],
      activation: this.activation,
      use_bias: this.useBias,
      depth_multiplier: this.depthMultiplier,
      depthwise_initializer: initializerJson({ className: "GlorotUniform" }),
      bias_initializer: initializerJson({ className: "Zeros" }),
      depthwise_regularizer: null,
      bias_regularizer: null,
      activity_regularizer: null,
      depthwise_constraint: null,
      bias_constraint: null,
    };
  }
}

/** A convolution of each channel by itself. Follows keras/src/layers/convolutional/depthwise_conv2d.py. */
export class DepthwiseConv2D extends DepthwiseBase {
  override readonly className = "DepthwiseConv2D";

  constructor(options: DepthwiseConv2DOptions) {
    super("depthwise_conv2d", options);
  }

  override computeOutputShape(input: Shape): Shape {
    return this.windowOutput(input);
  }

  protected override createWeights(input: Shape): void {
    // Keras 3 names the weight "kernel", Keras 2 "depthwise_kernel"; files are matched by either.
    this.addWeight("depthwise_kernel", this.depthwiseShape(input), "GlorotUniform");
    if (this.useBias) this.addWeight("bias", [input[2] * this.depthMultiplier], "Zeros");
  }

  override call(context: CallContext, input: Value): Value {
    return this.finished(context, this.depthwise(context, input));
  }

  override getConfig(): Record<string, unknown> {
    return this.windowConfig();
  }
}

export interface SeparableConv2DOptions extends DepthwiseConv2DOptions {
  /** Channels of the output. */
  filters: number;
}

/** A depthwise convolution, then a 1×1 one. Follows keras/src/layers/convolutional/separable_conv2d.py. */
export class SeparableConv2D extends DepthwiseBase {
  override readonly className = "SeparableConv2D";
  private readonly filters: number;

  constructor(options: SeparableConv2DOptions) {
    super("separable_conv2d", options);
    this.filters = options.filters;
  }

  override computeOutputShape(input: Shape): Shape {
    const [height, width] = this.windowOutput(input);
    return [height, width, this.filters];
  }

  protected override createWeights(input: Shape): void {
    this.addWeight("depthwise_kernel", this.depthwiseShape(input), "GlorotUniform");
    this.addWeight(
      "pointwise_kernel",
      [1, 1, input[2] * this.depthMultiplier, this.filters],
      "GlorotUniform",
    );
    if (this.useBias) this.addWeight("bias", [this.filters], "Zeros");
  }

  override call(context: CallContext, input: Value): Value {
    const pointwise = { strides: [1, 1], pads: [0, 0, 0, 0], activation: "linear" } as const;
    const inputs = [this.depthwise(context, input), this.weight(context, "pointwise_kernel")];
    return this.finished(context, context.graph.add(conv2d, inputs, pointwise));
  }

  override getConfig(): Record<string, unknown> {
    return {
      ...this.windowConfig(),
      filters: this.filters,
      pointwise_initializer: initializerJson({ className: "GlorotUniform" }),
      pointwise_regularizer: null,
      pointwise_constraint: null,
    };
  }
}
