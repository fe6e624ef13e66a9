import { conv2d } from "../../../kernels/conv/conv2d.js";
import type { Value } from "../../../kernels/op.js";
import { positiveInteger, type Check } from "../../../options/checks.js";
import { optional, required } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { initializer, type Initializer, type InitializerConfig } from "../../initializers.js";
import { constraintField, type Constraint } from "../../constraints.js";
import { regularizerField, type Regularizer } from "../../regularizers.js";
import { activatedShape, emitActivation } from "../activations/activation.js";
import { fromImageShape, onImages } from "../images.js";
import type { CallContext } from "../layer.js";
import {
  DepthwiseBase,
  depthwiseFields,
  type DepthwiseArguments,
  type DepthwiseOptions,
} from "./depthwiseBase.js";

export interface SeparableOptions<E, Padding> extends DepthwiseOptions<E, Padding> {
  /** Channels of the output. */
  filters: number;
  /** Default "GlorotUniform". */
  pointwiseInitializer?: Initializer;
  /** Default: none. */
  pointwiseRegularizer?: Regularizer | null;
  /** Default: none. */
  pointwiseConstraint?: Constraint | null;
}

export function separableFields<In, Out, P extends string>(
  extent: Check<In, Out>,
  one: NoInfer<In>,
  padding: Check<P>,
  standard: NoInfer<P>,
) {
  return {
    filters: required(positiveInteger),
    ...depthwiseFields(extent, one, padding, standard),
    pointwiseInitializer: optional(initializer, "GlorotUniform"),
    pointwiseRegularizer: regularizerField,
    pointwiseConstraint: constraintField,
  };
}

interface SeparableArguments extends DepthwiseArguments {
  filters: number;
  pointwiseInitializer: InitializerConfig;
}

/** A depthwise convolution, then a pointwise one. Follows keras/src/layers/convolutional/base_separable_conv.py. */
export abstract class Separable<A extends SeparableArguments> extends DepthwiseBase<A> {
  override computeOutputShape(input: Shape): Shape {
    const [height, width] = this.windowOutput(input);
    const shape = fromImageShape(this.axes, [height, width, this.args.filters]);
    return activatedShape(`layer ${this.name}`, this.args.activation, shape);
  }

  protected override createWeights(input: Shape): void {
    const { filters, depthMultiplier, useBias, pointwiseInitializer, biasInitializer } = this.args;
    this.addDepthwiseKernel(input);
    const window = new Array<number>(this.axes).fill(1);
    const shape = [...window, input.at(-1)! * depthMultiplier, filters];
    this.addWeight("pointwise_kernel", shape, pointwiseInitializer);
    if (useBias) this.addWeight("bias", [filters], biasInitializer);
  }

  override call(context: CallContext, input: Value): Value {
    const { graph } = context;
    const pointwise = { strides: [1, 1], pads: [0, 0, 0, 0], activation: "linear" } as const;
    const z = onImages(graph, input, (images) => {
      const inputs = [this.depthwise(context, images), this.imageKernel(context, "pointwise_kernel")];
      return this.withBias(context, graph.add(conv2d, inputs, pointwise));
    });
    return emitActivation(context, this.args.activation, z);
  }
}
