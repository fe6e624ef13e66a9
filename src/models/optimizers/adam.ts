import type { Graph } from "../../graph/graph.js";
import { adamUpdate } from "../../kernels/training/adamUpdate.js";
import type { Value } from "../../kernels/op.js";
import type { UpdateAttrs } from "../../kernels/training/updateInputs.js";
import { number } from "../../options/checks.js";
import { fixed, optional, type Arguments } from "../../options/fields.js";
import { optimizerOptions, type OptimizerOptions } from "./optimizerOptions.js";
import { SlotOptimizer } from "./slotOptimizer.js";

export interface AdamOptions extends OptimizerOptions {
  /** Default 0.9. */
  beta1?: number;
  /** Default 0.999. */
  beta2?: number;
  /** Default 1e-7. */
  epsilon?: number;
}

export const adamFields = {
  beta1: optional(number({ min: 0, below: 1 }), 0.9, { keras: "beta_1" }),
  beta2: optional(number({ min: 0, below: 1 }), 0.999, { keras: "beta_2" }),
  epsilon: optional(number({ min: 0 }), 1e-7),
};

/** Keras's arguments that wgraft does not have. */
export const adamFixed = { amsgrad: fixed(false, null) };

const table = optimizerOptions<AdamOptions>("Adam", 1e-3).fields(adamFields, adamFixed);

/**
 * Adam (Kingma and Ba, 2014) as keras/src/optimizers/adam.py has it. Default learning rate 1e-3.
 * @example
 * model.compile({ optimizer: new Adam({ learningRate: 1e-4 }), loss: "binary_crossentropy" });
 */
export class Adam extends SlotOptimizer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: AdamOptions) {
    super(options);
  }

  protected override slotNames(): readonly string[] {
    return ["momentum", "velocity"];
  }

  protected override emit(graph: Graph, inputs: readonly Value[], scaling: UpdateAttrs): void {
    const { beta1, beta2, epsilon } = this.args;
    graph.apply(adamUpdate, inputs, {
      beta1,
      beta2,
      epsilon,
      ...(this.decays && { decays: true }),
      ...scaling,
    });
  }

  /** Whether weights shrink at each step: AdamW's do. */
  protected get decays(): boolean {
    return false;
  }

  protected override effectiveRate(step: number): number {
    const { beta1, beta2 } = this.args;
    return (this.learningRate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
  }
}
