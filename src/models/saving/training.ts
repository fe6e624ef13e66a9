/** How a saved model was compiled, as far as wgraft can do the same. */
import { WgraftError } from "../../errors.js";
import type { TrainingConfig } from "../../io/keras/readModelConfig.js";
import type { CompileOptions } from "../modelOptions.js";
import type { LossRecord } from "../outputs.js";
import { optimizerFromConfig } from "../optimizers/savedOptimizer.js";
import { separateLossScale } from "../optimizers/savedLossScale.js";
import { lossesOf, lossOf, lossWeightsOf, metricsOf } from "./savedTargets.js";

/**
 * @param outputs how many the model has; default 1
 * @throws WgraftError `not-supported` that names what wgraft does not have
 */
export function compileOptions(
  { optimizer: saved, loss, lossWeights, metrics }: TrainingConfig,
  outputs = 1,
): CompileOptions {
  if (!saved) throw new WgraftError("not-supported", "the optimizer is missing");
  const { optimizer, lossScale } = separateLossScale(saved);
  return {
    optimizer: optimizerFromConfig(optimizer.className, optimizer.config),
    lossScale,
    loss: lossesOf(loss),
    lossWeights: lossWeightsOf(lossWeights),
    metrics: metricsOf(metrics, outputs),
  };
}

/**
 * How the loss reads a model's only output.
 * @throws WgraftError `not-supported` that names what wgraft does not have
 */
export function lossRecordOf(saved: unknown): LossRecord {
  const only: unknown = Array.isArray(saved) && saved.length === 1 ? saved[0] : saved;
  const spec = lossOf(only);
  return typeof spec === "string"
    ? { loss: spec, fromLogits: false }
    : { loss: spec.name, fromLogits: spec.fromLogits ?? false };
}
