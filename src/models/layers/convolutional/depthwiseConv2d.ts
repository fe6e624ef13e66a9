import type { Value } from "../../../kernels/op.js";
import type { Shape } from "../../../tensor.js";
import { emitActivation } from "../activations/activation.js";
import type { CallContext } from "../layer.js";
import { DepthwiseBase, depthwiseTable, type DepthwiseConv2DOptions } from "./depthwiseBase.js";

/** A convolution of each channel by itself. Follows keras/src/layers/convolutional/depthwise_conv2d.py. */
export class DepthwiseConv2D extends DepthwiseBase {
  static override readonly table = depthwiseTable;

  constructor(options: DepthwiseConv2DOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    return this.windowOutput(input);
  }

  protected override createWeights(input: Shape): void {
    // Keras 3 names the weight "kernel", Keras 2 "depthwise_kernel"; files are matched by either.
    this.addWeight("depthwise_kernel", this.depthwiseShape(input), "GlorotUniform");
    const { useBias, depthMultiplier } = this.args;
    if (useBias) this.addWeight("bias", [input[2] * depthMultiplier], "Zeros");
  }

  override call(context: CallContext, input: Value): Value {
    const z = this.withBias(context, this.depthwise(context, input));
    return emitActivation(context, this.args.activation, z);
  }
}
