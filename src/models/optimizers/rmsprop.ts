import type { Graph } from "../../graph/graph.js";
import type { Value } from "../../kernels/op.js";
import { rmspropUpdate } from "../../kernels/training/rmspropUpdate.js";
import type { UpdateAttrs } from "../../kernels/training/updateInputs.js";
import { SlotOptimizer, type OptimizerOptions } from "./slotOptimizer.js";

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

/** RMSprop (Tieleman and Hinton, 2012) as keras/src/optimizers/rmsprop.py has it. Default learning rate 1e-3. */
export class RMSprop extends SlotOptimizer {
  override readonly className = "RMSprop";
  private readonly attrs;

  constructor(options: RMSpropOptions = {}) {
    super(options, 1e-3);
    this.attrs = {
      rho: options.rho ?? 0.9,
      momentum: options.momentum ?? 0,
      epsilon: options.epsilon ?? 1e-7,
      centered: options.centered ?? false,
      epsilonInsideRoot: options.epsilonInsideRoot ?? true,
    };
  }

  protected override slotNames(): readonly string[] {
    const { momentum, centered } = this.attrs;
    return ["velocity", ...(momentum > 0 ? ["momentum"] : []), ...(centered ? ["average_gradient"] : [])];
  }

  protected override emit(graph: Graph, inputs: readonly Value[], scaling: UpdateAttrs): void {
    graph.apply(rmspropUpdate, inputs, { ...this.attrs, ...scaling });
  }

  override getConfig(): Record<string, unknown> {
    const { rho, momentum, epsilon, centered } = this.attrs;
    return { ...this.baseConfig(), rho, momentum, epsilon, centered };
  }
}
