import { conv2d } from "../../../kernels/conv/conv2d.js";
import type { Value } from "../../../kernels/op.js";
import { positiveInteger } from "../../../options/checks.js";
import { fixed, ignored, required, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { initializerJson } from "../../initializers.js";
import { emitActivation } from "../activations/activation.js";
import type { CallContext } from "../layer.js";
import { layerOptions } from "../layerOptions.js";
import {
  DepthwiseBase,
  depthwiseFields,
  depthwiseFixed,
  type DepthwiseConv2DOptions,
} from "./depthwiseBase.js";

export interface SeparableConv2DOptions extends DepthwiseConv2DOptions {
  /** Channels of the output. */
  filters: number;
}

const table = layerOptions<SeparableConv2DOptions>("SeparableConv2D").fields(
  { filters: required(positiveInteger), ...depthwiseFields },
  {
    ...depthwiseFixed,
    pointwise_initializer: ignored(initializerJson("GlorotUniform")),
    pointwise_regularizer: fixed(null),
    pointwise_constraint: fixed(null),
  },
);

/** A depthwise convolution, then a 1×1 one. Follows keras/src/layers/convolutional/separable_conv2d.py. */
export class SeparableConv2D extends DepthwiseBase<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options: SeparableConv2DOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    const [height, width] = this.windowOutput(input);
    return [height, width, this.args.filters];
  }

  protected override createWeights(input: Shape): void {
    const { filters, depthMultiplier, useBias } = this.args;
    this.addWeight("depthwise_kernel", this.depthwiseShape(input), "GlorotUniform");
    this.addWeight("pointwise_kernel", [1, 1, input[2] * depthMultiplier, filters], "GlorotUniform");
    if (useBias) this.addWeight("bias", [filters], "Zeros");
  }

  override call(context: CallContext, input: Value): Value {
    const pointwise = { strides: [1, 1], pads: [0, 0, 0, 0], activation: "linear" } as const;
    const inputs = [this.depthwise(context, input), this.weight(context, "pointwise_kernel")];
    const z = context.graph.add(conv2d, inputs, pointwise);
    return emitActivation(context, this.args.activation, this.withBias(context, z));
  }
}
