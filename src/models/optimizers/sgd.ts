import type { Graph } from "../../graph/graph.js";
import type { Value } from "../../kernels/op.js";
import { sgdUpdate } from "../../kernels/training/sgdUpdate.js";
import type { UpdateAttrs } from "../../kernels/training/updateInputs.js";
import { flag, number } from "../../options/checks.js";
import { optional, type Arguments } from "../../options/fields.js";
import { optimizerOptions, type OptimizerOptions } from "./optimizerOptions.js";
import { SlotOptimizer } from "./slotOptimizer.js";

export interface SGDOptions extends OptimizerOptions {
  /** Default 0. */
  momentum?: number;
  /** Nesterov's momentum. Default false. */
  nesterov?: boolean;
}

const table = optimizerOptions<SGDOptions>("SGD", 1e-2).fields({
  momentum: optional(number({ min: 0, max: 1 }), 0),
  nesterov: optional(flag, false),
});

/**
 * Gradient descent, plain or with momentum, as keras/src/optimizers/sgd.py has it. Default learning rate 0.01.
 * @example
 * model.compile({ optimizer: new SGD({ learningRate: 0.01, momentum: 0.9 }), loss: "binary_crossentropy" });
 */
export class SGD extends SlotOptimizer<Arguments<typeof table>> {
  static override readonly table = table;

  constructor(options?: SGDOptions) {
    super(options);
  }

  protected override slotNames(): readonly string[] {
    return this.args.momentum > 0 ? ["momentum"] : [];
  }

  protected override emit(graph: Graph, inputs: readonly Value[], scaling: UpdateAttrs): void {
    const { momentum, nesterov } = this.args;
    graph.apply(sgdUpdate, inputs, { momentum, nesterov, ...scaling });
  }
}
