/** What outputs are trained for, as files have it: losses, their weights, metrics. */
import { z } from "zod";
import { WgraftError } from "../../errors.js";
import { describe, isPlainObject } from "../../options/describe.js";
import { snakeCase } from "../../options/notation.js";
import type { PerEnd } from "../ends.js";
import { losses, parseLoss, type LossDescription } from "../losses.js";
import type { MetricName } from "../metrics.js";
import { isLossSpec, type LossSpec, type MetricSpec, type Target } from "../targets.js";
import type { Compiled } from "../training/programs.js";
import { metricOf } from "./savedMetric.js";

/** How a format has a loss with its arguments. */
export type LossNotation = (className: string, config: Record<string, unknown>) => object;

/**
 * The losses, weights and metrics in the form in which `compile` got them, as Keras writes them.
 *
 * Keras pairs losses and weights by position, and those of objects by the sorted names; so weights take the losses' form.
 */
export function savedTargets({ options, targets }: Compiled, notation: LossNotation) {
  const { loss, lossWeights, metrics } = options;
  const isForAll = isLossSpec(loss) && (targets.length === 1 || !lossWeights);
  const isNamed = !isLossSpec(loss) && !Array.isArray(loss);
  const inForm = (form: unknown, value: (target: Target) => unknown): unknown =>
    isPlainObject(form)
      ? Object.fromEntries(targets.map((target) => [target.output, value(target)]))
      : targets.map(value);
  return {
    loss: isForAll
      ? savedLoss(targets[0], notation)
      : inForm(isNamed ? loss : [], (target) => savedLoss(target, notation)),
    lossWeights:
      lossWeights === undefined || lossWeights === null
        ? null
        : inForm(isNamed ? loss : [], ({ weight }) => weight),
    metrics: savedMetrics(metrics, targets, inForm),
  };
}

function savedMetrics(
  given: unknown,
  targets: readonly Target[],
  inForm: (form: unknown, value: (target: Target) => unknown) => unknown,
): unknown {
  if (targets.length === 1) return targets[0].metrics;
  // Of several outputs Keras 3 refuses an empty list.
  return targets.every(({ metrics }) => metrics.length === 0)
    ? null
    : inForm(given, ({ metrics }) => [...metrics]);
}

/** A name, which every Keras reads; an object only where it says more. */
function savedLoss({ loss, fromLogits, labelSmoothing }: Target, notation: LossNotation): unknown {
  if (!fromLogits && labelSmoothing === 0) return loss;
  const className = loss.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const { smoothedTo }: LossDescription = losses[loss];
  const smoothing = smoothedTo && { label_smoothing: labelSmoothing };
  return notation(className, { name: loss, from_logits: fromLogits, ...smoothing });
}

/** Arguments of Keras's loss classes; those that wgraft does not have are at their defaults. */
const lossConfig = z.strictObject({
  name: z.unknown().optional(),
  from_logits: z.boolean().optional(),
  label_smoothing: z.number().min(0).max(1).optional(),
  reduction: z.enum(["sum_over_batch_size", "auto"]).optional(),
  axis: z.literal(-1).optional(),
  ignore_class: z.null().optional(),
  dtype: z.unknown().optional(),
  fn: z.unknown().optional(),
});
const lossObject = z.looseObject({ class_name: z.string(), config: z.record(z.string(), z.unknown()) });

/**
 * A name, or an object of Keras's loss class.
 * @throws WgraftError `not-supported` that names what wgraft does not have
 */
export function lossOf(saved: unknown): LossSpec {
  const object = lossObject.safeParse(saved);
  if (!object.success) return parseLoss(saved);
  const { class_name: className, config } = object.data;
  const name = parseLoss(snakeCase(className.replace(/^.*>/, "")));
  const parsed = lossConfig.safeParse(config);
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues;
    throw new WgraftError("not-supported", `loss ${className}: ${[...path, message].join(": ")}`);
  }
  const { from_logits: fromLogits, label_smoothing: labelSmoothing } = parsed.data;
  return { name, fromLogits, labelSmoothing: labelSmoothing || undefined };
}

/** The losses of all outputs, in the form of the file. */
export function lossesOf(saved: unknown): PerEnd<LossSpec> {
  if (Array.isArray(saved)) return saved.map(lossOf);
  if (!isPlainObject(saved) || "class_name" in saved) return lossOf(saved);
  return Object.fromEntries(Object.entries(saved).map(([name, loss]) => [name, lossOf(loss)]));
}

const weights = z.union([z.number(), z.array(z.number()), z.record(z.string(), z.number())]);

/** @throws WgraftError `not-supported` for what is neither a number nor numbers of outputs */
export function lossWeightsOf(saved: unknown): PerEnd<number> | undefined {
  if (saved === undefined || saved === null) return undefined;
  const parsed = weights.safeParse(saved);
  if (parsed.success) return parsed.data;
  throw new WgraftError("not-supported", `loss_weights: expected numbers, got ${describe(saved)}`);
}

/** `["acc"]`, `[["acc"]]` or objects that carry the name; of several outputs, a list or an object of such. */
export function metricsOf(
  saved: unknown,
  outputs: number,
): readonly MetricSpec[] | Record<string, MetricSpec> {
  if (saved === undefined || saved === null) return [];
  if (isPlainObject(saved) && !("config" in saved))
    return Object.fromEntries(Object.entries(saved).map(([name, some]) => [name, metricList(some)]));
  const all = [saved].flat() as unknown[];
  return outputs === 1 ? metricList(all) : all.map(metricList);
}

function metricList(saved: unknown): MetricName[] {
  return ([saved ?? []].flat(2) as unknown[]).map(metricOf);
}
