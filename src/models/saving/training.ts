/** How a saved model was compiled, as far as wgraft can do the same. */
import { z } from "zod";
import { WgraftError } from "../../errors.js";
import type { TrainingConfig } from "../../io/keras/readModelConfig.js";
import { snakeCase } from "../../options/notation.js";
import { parseLoss } from "../losses.js";
import type { MetricName } from "../metrics.js";
import type { CompileOptions } from "../modelOptions.js";
import type { LossRecord } from "../outputs.js";
import { optimizerFromConfig } from "../optimizers/savedOptimizer.js";
import { metricOf } from "./savedMetric.js";
import { separateLossScale } from "../optimizers/savedLossScale.js";

/** @throws WgraftError `not-supported` that names what wgraft does not have */
export function compileOptions({ optimizer: saved, ...rest }: TrainingConfig): CompileOptions {
  if (!saved) throw new WgraftError("not-supported", "the optimizer is missing");
  const { optimizer, lossScale } = separateLossScale(saved);
  return {
    optimizer: optimizerFromConfig(optimizer.className, optimizer.config),
    lossScale,
    ...lossRecordOf(rest.loss),
    metrics: metrics(rest.metrics),
  };
}

const lossObject = z.looseObject({
  class_name: z.string(),
  config: z.looseObject({
    from_logits: z.boolean().optional(),
    label_smoothing: z.literal(0).optional(),
  }),
});

/**
 * A name, or an object of Keras's loss class, at its defaults but for `from_logits`; alone or in a list of one.
 * @throws WgraftError `not-supported` that names what wgraft does not have
 */
export function lossRecordOf(saved: unknown): LossRecord {
  const only: unknown = Array.isArray(saved) && saved.length === 1 ? saved[0] : saved;
  const object = lossObject.safeParse(only);
  if (!object.success) return { loss: parseLoss(only), fromLogits: false };
  const { class_name, config } = object.data;
  return { loss: parseLoss(snakeCase(class_name)), fromLogits: config.from_logits ?? false };
}

/** The loss as a file has it: a name, which every Keras reads; an object only where it says more. */
export function savedLoss({ loss, fromLogits }: LossRecord): unknown {
  if (!fromLogits) return loss;
  const className = loss.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return { class_name: className, config: { name: loss, from_logits: true } };
}

/** `["acc"]`, `[["acc"]]` or objects that carry the name. */
function metrics(saved: unknown): MetricName[] {
  const list = Array.isArray(saved) ? saved.flat() : [saved ?? []].flat();
  return list.map(metricOf);
}
