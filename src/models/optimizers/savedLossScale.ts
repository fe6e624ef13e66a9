/** Optimizers from files whose loss is scaled. */
import { z } from "zod";
import { WgraftError } from "../../errors.js";
import type { LossScale } from "./lossScale.js";

/** An optimizer as files have it: Keras's class and its arguments. */
export interface SavedOptimizer {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** A LossScaleOptimizer of tf.keras 2 or Keras 3; the latter has no `dynamic`. */
const wrapper = z.looseObject({
  inner_optimizer: z.looseObject({ class_name: z.string(), config: z.record(z.string(), z.unknown()) }),
  dynamic: z.boolean().optional(),
  initial_scale: z.number(),
  dynamic_growth_steps: z.number().nullish(),
});
const factor = z.number().nullish();

/**
 * How the loss is scaled, and the optimizer that takes the steps.
 * @throws WgraftError `not-supported` where that cannot be read
 */
export function separateLossScale(saved: SavedOptimizer): {
  optimizer: SavedOptimizer;
  lossScale?: LossScale;
} {
  const { className, config } = saved;
  if (!/(^|>)LossScaleOptimizer(V3)?$/.test(className)) {
    const lossScale = parse(factor, config.loss_scale_factor, `${className}: loss_scale_factor`);
    return { optimizer: saved, lossScale: lossScale ?? undefined };
  }
  const { inner_optimizer, dynamic, initial_scale, dynamic_growth_steps } = parse(wrapper, config, className);
  const { class_name, config: innerConfig } = inner_optimizer;
  const scaling = { initialScale: initial_scale, dynamicGrowthSteps: dynamic_growth_steps ?? undefined };
  return {
    optimizer: { className: class_name, config: innerConfig },
    lossScale: dynamic === false ? initial_scale : scaling,
  };
}

function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  throw new WgraftError("not-supported", `optimizer ${[what, ...path].join(".")}: ${message}`);
}
