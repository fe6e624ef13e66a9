import type { Graph } from "../../graph/graph.js";
import type { Value } from "../../kernels/op.js";
import { sgdUpdate } from "../../kernels/training/sgdUpdate.js";
import type { UpdateAttrs } from "../../kernels/training/updateInputs.js";
import { SlotOptimizer, type OptimizerOptions } from "./slotOptimizer.js";

export interface SGDOptions extends OptimizerOptions {
  /** Default 0. */
  momentum?: number;
  /** Nesterov's momentum. Default false. */
  nesterov?: boolean;
}

/** Gradient descent, plain or with momentum, as keras/src/optimizers/sgd.py has it. Default learning rate 0.01. */
export class SGD extends SlotOptimizer {
  override readonly className = "SGD";
  private readonly attrs;

  constructor(options: SGDOptions = {}) {
    super(options, 1e-2);
    this.attrs = { momentum: options.momentum ?? 0, nesterov: options.nesterov ?? false };
  }

  protected override slotNames(): readonly string[] {
    return this.attrs.momentum > 0 ? ["momentum"] : [];
  }

  protected override emit(graph: Graph, inputs: readonly Value[], scaling: UpdateAttrs): void {
    graph.apply(sgdUpdate, inputs, { ...this.attrs, ...scaling });
  }

  override getConfig(): Record<string, unknown> {
    return { ...this.baseConfig(), ...this.attrs };
  }
}
