/** What transposed convolutions along one axis and along two have in common. */
import { conv2dTranspose } from "../../../kernels/conv/conv2dTranspose.js";
import { dilatedSize, resolvePads, type Size2d } from "../../../kernels/common/window2d.js";
import { shapeError } from "../../../errors.js";
import type { Value } from "../../../kernels/op.js";
import { reshape } from "../../../kernels/shape/reshape.js";
import { flag, integer, positiveInteger, type Check } from "../../../options/checks.js";
import { nullable, onlyRead, optional, required } from "../../../options/fields.js";
import { formatShape, type Shape } from "../../../tensor.js";
import { initializer, type InitializerConfig } from "../../initializers.js";
import {
  activatedShape,
  activation,
  emitActivation,
  type ActivationOption,
} from "../activations/activation.js";
import { oneOrTwo, padding, weightFields, type Padding } from "../arguments.js";
import { asImageShape, fromImageShape, onImages, pairOf, type Extent } from "../images.js";
import { Layer, type CallContext } from "../layer.js";
import type { LayerArguments } from "../layerOptions.js";
import { convolutionFixed, type ConvolutionOptions } from "./convolution.js";

/** @typeParam E an extent: a number, or a number or a pair */
export interface TransposedOptions<E> extends Omit<ConvolutionOptions<E, Padding>, "groups"> {
  /** How much larger the output is than the smallest of those that the window fits. Default: as Keras computes the size. */
  outputPadding?: E | null;
}

export const outputPaddingPair = oneOrTwo({ min: 0 }, "an integer ≥ 0 or two");
export const outputPaddingSingle = integer({ min: 0 });

export function transposedFields<In, Out>(
  extent: Check<In, Out>,
  one: NoInfer<In>,
  outputPadding: Check<In, Out>,
) {
  return {
    filters: required(positiveInteger),
    kernelSize: required(extent),
    strides: optional<In, Out>(extent, one),
    padding: optional(padding, "valid"),
    outputPadding: nullable(optional(outputPadding)),
    dilationRate: optional<In, Out>(extent, one),
    activation: nullable(optional(activation, "linear")),
    useBias: optional(flag, true),
    kernelInitializer: optional(initializer, "GlorotUniform"),
    biasInitializer: optional(initializer, "Zeros"),
    ...weightFields,
  };
}

/** tf.keras 2 writes `groups`, which it takes from its convolutions; a transposed one has none. */
export const transposedFixed = { ...convolutionFixed, groups: onlyRead(1) };

interface TransposedArguments extends LayerArguments {
  filters: number;
  kernelSize: Extent;
  strides: Extent;
  padding: Padding;
  outputPadding?: Extent;
  dilationRate: Extent;
  activation: ActivationOption;
  useBias: boolean;
  kernelInitializer: InitializerConfig;
  biasInitializer: InitializerConfig;
}

/**
 * A convolution the other way round: each pixel is spread over a window of the output, by a kernel (…window, out, in). Follows
 * keras/src/layers/convolutional/base_conv_transpose.py.
 */
export abstract class Transposed<A extends TransposedArguments> extends Layer<A> {
  private get axes(): 1 | 2 {
    return typeof this.args.kernelSize === "number" ? 1 : 2;
  }

  override computeOutputShape(input: Shape): Shape {
    const [height, width] = asImageShape(this, this.axes, input);
    const { filters, activation } = this.args;
    const shape = fromImageShape(this.axes, [...this.outputSize([height, width]), filters]);
    return activatedShape(`layer ${this.name}`, activation, shape);
  }

  protected override createWeights(input: Shape): void {
    const { filters, kernelSize, useBias, kernelInitializer, biasInitializer } = this.args;
    const shape = [...[kernelSize].flat(), filters, input.at(-1)!];
    this.addWeight("kernel", shape, kernelInitializer);
    if (useBias) this.addWeight("bias", [filters], biasInitializer);
  }

  override call(context: CallContext, input: Value): Value {
    const { graph } = context;
    const own = this.weight(context, "kernel");
    const shape = [...pairOf(own.shape[0]), ...own.shape.slice(1)];
    const kernel = this.axes === 2 ? own : graph.add(reshape, [own], { shape });
    const z = onImages(graph, input, (images) => {
      const outputSize = this.outputSize([images.shape[1], images.shape[2]]);
      const [strides, dilations] = [pairOf(this.args.strides), pairOf(this.args.dilationRate)];
      const pads = resolvePads(this.args.padding, outputSize, this.covered, strides);
      const attrs = { outputSize, strides, pads, dilations };
      return this.withBias(context, graph.add(conv2dTranspose, [images, kernel], attrs));
    });
    return emitActivation(context, this.args.activation, z);
  }

  /** What the kernel covers. */
  private get covered(): Size2d {
    return dilatedSize(pairOf(this.args.kernelSize), pairOf(this.args.dilationRate));
  }

  /** After compute_conv_transpose_output_shape of keras/src/backend/common/backend_utils.py. */
  private outputSize(size: Size2d): Size2d {
    const strides = pairOf(this.args.strides);
    const { padding, outputPadding } = this.args;
    const extra = outputPadding === undefined ? undefined : pairOf(outputPadding, 0);
    const along = (axis: 0 | 1) => {
      const [input, stride, window] = [size[axis], strides[axis], this.covered[axis]];
      // A sequence is one pixel high, and stays so.
      if (axis === 0 && this.axes === 1) return 1;
      if (!extra) return input * stride + (padding === "same" ? 0 : Math.max(window - stride, 0));
      const cut = padding === "same" ? 2 * Math.floor(window / 2) : 0;
      return (input - 1) * stride + window - cut + extra[axis];
    };
    const output = [along(0), along(1)] as const;
    const fits = extra === undefined || extra.every((more, axis) => more < Math.max(strides[axis], 1));
    if (fits && Math.min(...output) >= 1) return output;
    throw shapeError(
      `layer ${this.name}`,
      `an outputPadding smaller than the strides ${formatShape(strides)}`,
      formatShape(extra ?? output),
    );
  }
}
