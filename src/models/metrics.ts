/** Metrics by Keras's names, each described once. */
import type { Graph } from "../graph/graph.js";
import type { Value } from "../kernels/op.js";
import { nameIn, type NameIn } from "../names.js";
import { snakeCase } from "../options/notation.js";
import { accuracies } from "./accuracies.js";
import { losses, type LossName } from "./losses.js";

export interface MetricDescription {
  /** For the documentation. */
  readonly summary: string;
  /** Emits a figure for each sample, whose mean over all samples is the metric. */
  readonly emit: (graph: Graph, loss: LossName, labels: Value, prediction: Value) => Value;
}

/** The kind follows the loss, as in Keras. */
const accuracy: MetricDescription["emit"] = (graph, loss, labels, prediction) =>
  accuracies[losses[loss].accuracy](graph, labels, prediction);

export const metrics = {
  acc: {
    summary: "share of samples whose class is predicted; the accuracy that belongs to the loss",
    emit: accuracy,
  },
  accuracy: {
    summary: "the same figure as `acc`; the history has the name that was asked for",
    emit: accuracy,
  },
  binary_accuracy: {
    summary: "share of outputs that are on the same side of 0.5 as their labels",
    emit: (graph, _, ...values) => accuracies.binary_accuracy(graph, ...values),
  },
  categorical_accuracy: {
    summary: "share of samples whose largest output is that of the class, labels one-hot",
    emit: (graph, _, ...values) => accuracies.categorical_accuracy(graph, ...values),
  },
  sparse_categorical_accuracy: {
    summary: "share of samples whose largest output is that of the class, labels as indices",
    emit: (graph, _, ...values) => accuracies.sparse_categorical_accuracy(graph, ...values),
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;

/**
 * The metrics that `compile` knows. The history has each under the name that was given.
 * @example
 * model.compile({ loss: "binary_crossentropy", metrics: ["acc"] });
 * const { acc } = await model.evaluate(x, y);
 */
export type MetricName = NameIn<typeof metrics>;

/** Emits a figure for each sample. */
export function emitMetric(
  graph: Graph,
  name: MetricName,
  loss: LossName,
  labels: Value,
  prediction: Value,
): Value {
  return metrics[name].emit(graph, loss, labels, prediction);
}

/**
 * A metric by a name of Keras's: of the metric, or of its class.
 * @throws WgraftError `not-supported` for a name that is not in the table
 */
export function parseMetric(name: unknown): MetricName {
  const isClass = typeof name === "string" && /^[A-Z]/.test(name) && name !== "Accuracy";
  return nameIn(metrics, "metric", isClass ? snakeCase(name) : name);
}
