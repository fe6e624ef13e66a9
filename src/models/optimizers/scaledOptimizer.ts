import { WgraftError } from "../../errors.js";
import type { Graph } from "../../graph/graph.js";
import type { Variable } from "../../graph/variable.js";
import type { Value } from "../../kernels/op.js";
import { number, type Check } from "../../options/checks.js";
import { optionError } from "../../options/checkOptions.js";
import type { Weight } from "../layers/layer.js";
import type { Optimizer, OptimizerState } from "./optimizer.js";
import { SlotOptimizer } from "./slotOptimizer.js";

/**
 * Trains on a scaled loss, so that gradients do not vanish in float16, and divides the gradients by the scale again. All
 * that does not concern the scale is the inner optimizer's.
 */
export abstract class ScaledOptimizer implements Optimizer {
  abstract readonly className: string;
  /** Takes the steps. */
  readonly innerOptimizer: SlotOptimizer;

  /** @throws WgraftError `usage` where the inner optimizer scales the loss already */
  constructor(inner: Optimizer) {
    const isScaled = inner instanceof ScaledOptimizer;
    if (isScaled) throw new WgraftError("usage", `optimizer ${inner.className}: its loss is scaled already`);
    const given: unknown = inner;
    if (!(given instanceof SlotOptimizer))
      throw optionError("LossScaleOptimizer", "inner", "an optimizer such as new Adam()", given);
    this.innerOptimizer = given as SlotOptimizer;
  }

  abstract lossScale(graph: Graph): Value;
  abstract apply(graph: Graph, weights: readonly Weight[], gradients: readonly Value[], hyper: Value): void;
  abstract getConfig(): Record<string, unknown>;

  get iterations(): number {
    return this.innerOptimizer.iterations;
  }

  set iterations(steps: number) {
    this.innerOptimizer.iterations = steps;
  }

  get learningRate(): number {
    return this.innerOptimizer.learningRate;
  }

  set learningRate(rate: number) {
    this.innerOptimizer.learningRate = rate;
  }

  hyper(): Float32Array {
    return this.innerOptimizer.hyper();
  }

  state(variable: Variable): OptimizerState[] {
    return this.innerOptimizer.state(variable);
  }

  ownState(): OptimizerState[] {
    return [];
  }
}

/** Normal numbers whose inverses are normal, too. */
export const scaleCheck: Check<number> = {
  ...number({ min: 2 ** -126, max: 2 ** 126 }),
  expected: "a number from 2^-126 to 2^126",
};
