import { prelu } from "../../../kernels/elementwise/binary.js";
import type { Value } from "../../../kernels/op.js";
import { integer, listOf } from "../../../options/checks.js";
import { nullable, optional, type Arguments } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { initializer, type Initializer } from "../../initializers.js";
import { constraintField, type Constraint } from "../../constraints.js";
import { regularizerField, type Regularizer } from "../../regularizers.js";
import { sampleAxes } from "../arguments.js";
import { Layer, type CallContext } from "../layer.js";
import { layerOptions, type LayerOptions } from "../layerOptions.js";

export interface PReLUOptions extends LayerOptions {
  /** Axes along which all places have one factor, counting the batch axis: [1, 2] for one a channel. Default: none. */
  sharedAxes?: readonly number[] | null;
  /** Default "Zeros". */
  alphaInitializer?: Initializer;
  /** Default: none. */
  alphaRegularizer?: Regularizer | null;
  /** Default: none. */
  alphaConstraint?: Constraint | null;
}

const axes = listOf(integer({ min: 1 }), "a list of axes from 1 on, such as [1, 2]");

const table = layerOptions<PReLUOptions>("PReLU").fields({
  sharedAxes: nullable(optional(axes)),
  alphaInitializer: optional(initializer, "Zeros"),
  alphaRegularizer: regularizerField,
  alphaConstraint: constraintField,
});

/**
 * x where it is positive, else alpha · x, with an alpha that is learned for each place of a sample.
 * @example
 * const maps = Input({ shape: [28, 28, 64] });
 * console.log(new PReLU({ sharedAxes: [1, 2] }).apply(maps).shape); // [ 28, 28, 64 ]
 */
export class PReLU extends Layer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: PReLUOptions) {
    super(options);
  }

  override computeOutputShape(input: Shape): Shape {
    const { sharedAxes = [] } = this.args;
    if (sharedAxes.length > 0) sampleAxes(this, sharedAxes, input);
    return input;
  }

  protected override createWeights(input: Shape): void {
    const { sharedAxes = [], alphaInitializer } = this.args;
    const shape = input.map((size, i) => (sharedAxes.includes(i + 1) ? 1 : size));
    this.addWeight("alpha", shape, alphaInitializer);
  }

  override call(context: CallContext, input: Value): Value {
    return context.graph.add(prelu, [input, this.weight(context, "alpha")], {});
  }
}
