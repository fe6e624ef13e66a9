import type { Value } from "../../../kernels/op.js";
import type { Shape } from "../../../tensor.js";
import { activatedShape, emitActivation } from "../activations/activation.js";
import { fromImageShape, onImages } from "../images.js";
import type { CallContext } from "../layer.js";
import { DepthwiseBase, type DepthwiseArguments } from "./depthwiseBase.js";

/** A convolution of each channel by itself. Follows keras/src/layers/convolutional/base_depthwise_conv.py. */
export abstract class Depthwise<A extends DepthwiseArguments> extends DepthwiseBase<A> {
  override computeOutputShape(input: Shape): Shape {
    const shape = fromImageShape(this.axes, this.windowOutput(input));
    return activatedShape(`layer ${this.name}`, this.args.activation, shape);
  }

  protected override createWeights(input: Shape): void {
    const { useBias, depthMultiplier, biasInitializer } = this.args;
    this.addDepthwiseKernel(input);
    if (useBias) this.addWeight("bias", [input.at(-1)! * depthMultiplier], biasInitializer);
  }

  override call(context: CallContext, input: Value): Value {
    const z = onImages(context.graph, input, (images) =>
      this.withBias(context, this.depthwise(context, images)),
    );
    return emitActivation(context, this.args.activation, z);
  }
}
