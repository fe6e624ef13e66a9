/** Metrics as files have them: by a name, or as an object of Keras's class. */
import { z } from "zod";
import { WgraftError } from "../../errors.js";
import { namesOf } from "../../names.js";
import { describe } from "../../options/describe.js";
import { snakeCase } from "../../options/notation.js";
import { accuracies } from "../accuracies.js";
import { metrics, parseMetric, type MetricName } from "../metrics.js";

const metricObject = z.looseObject({
  class_name: z.string().optional(),
  config: z.looseObject({
    name: z.string().nullish(),
    fn: z.unknown().optional(),
    threshold: z.number().nullish(),
  }),
});

/** The wrapper that tf.keras 2 writes a function in. */
const wrapper = "MeanMetricWrapper";

/**
 * A metric by one of Keras's names for it, or an object of its class at its defaults; the history gets the object's name.
 * @throws WgraftError `not-supported` that names what wgraft does not have
 */
export function metricOf(saved: unknown): MetricName {
  const parsed = metricObject.safeParse(saved);
  if (!parsed.success) return parseMetric(saved);
  const { class_name: className = wrapper, config } = parsed.data;
  const { name, fn, threshold } = config;
  const ofClass = snakeCase(className.replace(/^.*>/, ""));
  const kind = className === wrapper ? functionName(fn ?? name) : ofClass;
  const isKnown =
    kind === "acc" || kind === "accuracy" || namesOf(accuracies).some((known) => known === kind);
  // Keras's class Accuracy compares outputs with labels: not what the name stands for.
  if (!isKnown || ofClass === "accuracy")
    throw new WgraftError("not-supported", `metric ${className} ${describe(name ?? fn)} is not known`);
  if (kind === "binary_accuracy" && (threshold ?? 0.5) !== 0.5)
    throw new WgraftError(
      "not-supported",
      `metric ${className}: threshold ${threshold}; wgraft has only 0.5`,
    );
  return name !== undefined && name !== null && Object.hasOwn(metrics, name)
    ? (name as MetricName)
    : parseMetric(kind);
}

/** `"binary_accuracy"`, or the object that Keras 3 writes for a function. */
function functionName(fn: unknown): unknown {
  const { config } = (fn ?? {}) as { config?: unknown };
  return typeof fn === "string" ? fn : config;
}
