import type { Graph } from "../../graph/graph.js";
import { adamUpdate } from "../../kernels/training/adamUpdate.js";
import type { Value } from "../../kernels/op.js";
import type { UpdateAttrs } from "../../kernels/training/updateInputs.js";
import { SlotOptimizer, type OptimizerOptions } from "./slotOptimizer.js";

export interface AdamOptions extends OptimizerOptions {
  /** Default 0.9. */
  beta1?: number;
  /** Default 0.999. */
  beta2?: number;
  /** Default 1e-7. */
  epsilon?: number;
}

/** Adam (Kingma and Ba, 2014) as keras/src/optimizers/adam.py has it. Default learning rate 1e-3. */
export class Adam extends SlotOptimizer {
  override readonly className = "Adam";
  private readonly attrs;

  constructor(options: AdamOptions = {}) {
    super(options, 1e-3);
    this.attrs = {
      beta1: options.beta1 ?? 0.9,
      beta2: options.beta2 ?? 0.999,
      epsilon: options.epsilon ?? 1e-7,
    };
  }

  protected override slotNames(): readonly string[] {
    return ["momentum", "velocity"];
  }

  protected override emit(graph: Graph, inputs: readonly Value[], scaling: UpdateAttrs): void {
    graph.apply(adamUpdate, inputs, { ...this.attrs, ...scaling });
  }

  protected override effectiveRate(step: number): number {
    const { beta1, beta2 } = this.attrs;
    return (this.learningRate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
  }

  override getConfig(): Record<string, unknown> {
    const { beta1, beta2, epsilon } = this.attrs;
    return { ...this.baseConfig(), beta_1: beta1, beta_2: beta2, epsilon, amsgrad: false };
  }
}
