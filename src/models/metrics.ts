/** Metrics by Keras's names. */
import { WgraftError } from "../errors.js";
import type { Graph } from "../graph/graph.js";
import * as kernels from "../kernels/training/metrics.js";
import type { Value } from "../kernels/op.js";
import type { LossName } from "./losses.js";

/** "acc" and "accuracy" are the same figure; the history carries the name that was asked for. */
export type MetricName = "acc" | "accuracy";
export const metricNames: readonly MetricName[] = ["acc", "accuracy"];

/** @throws WgraftError `not-supported` for a name that is not in the list */
export function parseMetric(name: unknown): MetricName {
  if (metricNames.includes(name as MetricName)) return name as MetricName;
  throw new WgraftError(
    "not-supported",
    `metric ${JSON.stringify(name)} is not known; known: ${metricNames.join(", ")}`,
  );
}

/** Emits 1 or 0 per sample (a mean over the outputs of each, for several sigmoids). The kind follows the loss, as in Keras. */
export function emitAccuracy(graph: Graph, loss: LossName, labels: Value, prediction: Value): Value {
  switch (loss) {
    case "binary_crossentropy":
      return graph.add(kernels.binaryAccuracy, [labels, prediction], { threshold: 0.5 });
    case "categorical_crossentropy":
      return graph.add(kernels.categoricalAccuracy, [labels, prediction], {});
    case "sparse_categorical_crossentropy":
      return graph.add(kernels.sparseCategoricalAccuracy, [labels, prediction], {});
  }
}
