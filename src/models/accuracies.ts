/** Accuracies by Keras's names; which of them the metric `accuracy` is follows from the loss. */
import type { Graph } from "../graph/graph.js";
import type { Value } from "../kernels/op.js";
import {
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
} from "../kernels/training/metrics.js";
import type { NameIn } from "../names.js";

/** Emits 1 or 0 for each sample; a mean over the outputs of each, for several sigmoids. */
export type EmitAccuracy = (graph: Graph, labels: Value, prediction: Value) => Value;

export const accuracies = {
  binary_accuracy: (graph, ...values) => graph.add(binaryAccuracy, values, { threshold: 0.5 }),
  categorical_accuracy: (graph, ...values) => graph.add(categoricalAccuracy, values, {}),
  sparse_categorical_accuracy: (graph, ...values) => graph.add(sparseCategoricalAccuracy, values, {}),
} as const satisfies Readonly<Record<string, EmitAccuracy>>;

export type AccuracyName = NameIn<typeof accuracies>;
