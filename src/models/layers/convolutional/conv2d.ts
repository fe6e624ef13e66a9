import { shapeError } from "../../../errors.js";
import { conv2d } from "../../../kernels/conv/conv2d.js";
import { convOutputHW, resolvePads } from "../../../kernels/common/window2d.js";
import type { Value } from "../../../kernels/op.js";
import { flag, positiveInteger } from "../../../options/checks.js";
import { nullable, optional, required, type Arguments } from "../../../options/fields.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { initializer, type Initializer } from "../../initializers.js";
import { activation, emitActivation, type ActivationName } from "../activations/activation.js";
import { padding, pair, regularization, window, type Padding } from "../arguments.js";
import { imageShape, Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export interface Conv2DOptions extends LayerOptions {
  /** Channels of the output. */
  filters: number;
  /** Height and width of the window. */
  kernelSize: number | readonly [number, number];
  /** Default 1. */
  strides?: number | readonly [number, number];
  /** Default "valid". */
  padding?: Padding;
  /** Default "linear". */
  activation?: ActivationName | null;
  /** Default true. */
  useBias?: boolean;
  /** Default "GlorotUniform". */
  kernelInitializer?: Initializer;
  /** Default "Zeros". */
  biasInitializer?: Initializer;
}

const table = layerOptions<Conv2DOptions>("Conv2D").fields(
  {
    filters: required(positiveInteger),
    kernelSize: required(pair),
    strides: optional(pair, 1),
    padding: optional(padding, "valid"),
    activation: nullable(optional(activation, "linear")),
    useBias: optional(flag, true),
    kernelInitializer: optional(initializer, "GlorotUniform"),
    biasInitializer: optional(initializer, "Zeros"),
  },
  { ...window, ...regularization },
);

/**
 * 2-D convolution of NHWC images with a kernel (height, width, in, out), then bias and activation.
 * Follows keras/src/layers/convolutional/conv2d.py.
 */
export class Conv2D extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: Conv2DOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    const [height, width] = imageShape(this, input);
    const { filters, kernelSize, strides, padding } = this.args;
    const pads = resolvePads(padding, [height, width], kernelSize, strides);
    const [oh, ow] = convOutputHW([height, width], kernelSize, strides, pads);
    if (oh < 1 || ow < 1) {
      throw shapeError(
        `layer ${this.name}`,
        `an input of at least ${formatShape(kernelSize)}`,
        formatShape(input),
      );
    }
    return [oh, ow, filters];
  }

  protected override createWeights(input: Shape): void {
    const { filters, kernelSize, useBias, kernelInitializer, biasInitializer } = this.args;
    this.addWeight("kernel", [...kernelSize, input[2], filters], kernelInitializer);
    if (useBias) this.addWeight("bias", [filters], biasInitializer);
  }

  override call(context: CallContext, input: Value): Value {
    const { kernelSize, strides, padding, activation } = this.args;
    const pads = resolvePads(padding, [input.shape[1], input.shape[2]], kernelSize, strides);
    const attrs = { strides, pads, activation: "linear" } as const;
    const z = context.graph.add(conv2d, [input, this.weight(context, "kernel")], attrs);
    return emitActivation(context, activation, this.withBias(context, z));
  }
}
