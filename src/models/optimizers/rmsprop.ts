import type { Graph } from "../../graph/graph.js";
import type { Value } from "../../kernels/op.js";
import { rmspropUpdate } from "../../kernels/training/rmspropUpdate.js";
import type { UpdateAttrs } from "../../kernels/training/updateInputs.js";
import { flag, number } from "../../options/checks.js";
import { optional, type Arguments } from "../../options/fields.js";
import { optimizerOptions, type OptimizerOptions } from "./optimizerOptions.js";
import { SlotOptimizer } from "./slotOptimizer.js";

export interface RMSpropOptions extends OptimizerOptions {
  /** Share of the old mean of squares that is kept. Default 0.9. */
  rho?: number;
  /** Default 0. */
  momentum?: number;
  /** Default 1e-7. */
  epsilon?: number;
  /** Divide by the variance instead of the mean of squares. Default false. */
  centered?: boolean;
  /**
   * Where ε stands: √(v + ε) as in Keras 3 and tf.keras ≥ 2.11 (default), or √v + ε as before.
   * The choice decides the step size where gradients are small.
   */
  epsilonInsideRoot?: boolean;
}

const table = optimizerOptions<RMSpropOptions>("RMSprop", 1e-3).fields({
  rho: optional(number({ min: 0, max: 1 }), 0.9),
  momentum: optional(number({ min: 0 }), 0),
  epsilon: optional(number({ min: 0 }), 1e-7),
  centered: optional(flag, false),
  epsilonInsideRoot: optional(flag, true, { keras: null }),
});

/**
 * RMSprop (Tieleman and Hinton, 2012) as keras/src/optimizers/rmsprop.py has it. Default learning rate 1e-3.
 * @example
 * model.compile({ optimizer: new RMSprop({ learningRate: 2e-5 }), loss: "binary_crossentropy" });
 */
export class RMSprop extends SlotOptimizer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: RMSpropOptions) {
    super(options);
  }

  protected override slotNames(): readonly string[] {
    const { momentum, centered } = this.args;
    return ["velocity", ...(momentum > 0 ? ["momentum"] : []), ...(centered ? ["average_gradient"] : [])];
  }

  protected override emit(graph: Graph, inputs: readonly Value[], scaling: UpdateAttrs): void {
    const { rho, momentum, epsilon, centered, epsilonInsideRoot } = this.args;
    const attrs = { rho, momentum, epsilon, centered, epsilonInsideRoot };
    graph.apply(rmspropUpdate, inputs, { ...attrs, ...scaling });
  }
}
