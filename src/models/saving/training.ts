/** How a saved model was compiled, as far as wgraft can do the same. */
import { z } from "zod";
import { WgraftError } from "../../errors.js";
import type { TrainingConfig } from "../../io/keras/readModelConfig.js";
import { namesOf } from "../../names.js";
import { accuracies } from "../accuracies.js";
import { parseLoss, type LossName } from "../losses.js";
import { parseMetric, type MetricName } from "../metrics.js";
import type { CompileOptions } from "../model.js";
import { optimizerFromConfig } from "../optimizers/index.js";
import { separateLossScale, type SavedOptimizer } from "../optimizers/savedLossScale.js";

/** Arguments of optimizers that wgraft does not have, at values that switch them off. Null and false do so too. */
const off: Readonly<Record<string, readonly unknown[]>> = {
  weight_decay: [0],
  decay: [0],
  global_clipnorm: [],
  use_ema: [],
  amsgrad: [],
  gradient_accumulation_steps: [],
};

/** @throws WgraftError `not-supported` that names what wgraft does not have */
export function compileOptions({ optimizer: saved, ...rest }: TrainingConfig): CompileOptions {
  if (!saved) throw unknown("the optimizer is missing");
  const { optimizer, lossScale } = separateLossScale(saved);
  refuseUnknown(optimizer);
  return {
    optimizer: optimizerFromConfig(optimizer.className, optimizer.config),
    lossScale,
    loss: loss(rest.loss),
    metrics: metrics(rest.metrics),
  };
}

function refuseUnknown({ className, config }: SavedOptimizer): void {
  for (const [key, accepted] of Object.entries(off)) {
    const value = config[key] ?? false;
    if (value !== false && !accepted.includes(value)) {
      throw unknown(`optimizer ${className} has ${key} ${JSON.stringify(value)}`);
    }
  }
}

const lossObject = z.looseObject({
  class_name: z.string(),
  config: z.looseObject({
    from_logits: z.literal(false).optional(),
    label_smoothing: z.literal(0).optional(),
  }),
});

/** A name, or an object of Keras's loss class at its defaults; alone or in a list of one. */
function loss(saved: unknown): LossName {
  const only: unknown = Array.isArray(saved) && saved.length === 1 ? saved[0] : saved;
  const object = lossObject.safeParse(only);
  return parseLoss(object.success ? snakeCase(object.data.class_name) : only);
}

const metricObject = z.looseObject({
  config: z.looseObject({
    name: z.string(),
    fn: z.enum(namesOf(accuracies)).optional(),
    threshold: z.literal(0.5).optional(),
  }),
});

/** `["acc"]`, `[["acc"]]` or objects that carry the name. */
function metrics(saved: unknown): MetricName[] {
  const list = Array.isArray(saved) ? saved.flat() : [saved ?? []].flat();
  return list.map((metric) => {
    const object = metricObject.safeParse(metric);
    return parseMetric(object.success ? object.data.config.name : metric);
  });
}

/** BinaryCrossentropy → binary_crossentropy. */
function snakeCase(name: string): string {
  return name.replace(/(?<=.)[A-Z]/g, "_$&").toLowerCase();
}

function unknown(what: string): WgraftError {
  return new WgraftError("not-supported", what);
}
