/** Loss scaling as `compile` is asked for it. */
import { FixedLossScale } from "./fixedLossScale.js";
import { LossScaleOptimizer, type LossScaleOptions } from "./lossScaleOptimizer.js";
import type { Optimizer } from "./optimizer.js";

/** "dynamic": as LossScaleOptimizer's defaults have it. A number: a scale that stays, without skipped steps. */
export type LossScale = "dynamic" | number | LossScaleOptions;

/**
 * The optimizer, with its loss scaled where that is asked for.
 * @throws WgraftError `usage` for a scale that makes no sense, and for an optimizer that scales its loss already
 */
export function withLossScale(optimizer: Optimizer, lossScale: LossScale | undefined): Optimizer {
  if (lossScale === undefined) return optimizer;
  if (typeof lossScale === "number") return new FixedLossScale(optimizer, lossScale);
  return new LossScaleOptimizer(optimizer, lossScale === "dynamic" ? {} : lossScale);
}
