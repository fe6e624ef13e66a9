/** Losses by Keras's names, each described once. */
import { shapeError, WgraftError } from "../errors.js";
import type { Graph } from "../graph/graph.js";
import { add } from "../kernels/elementwise/binary.js";
import { fill, scale } from "../kernels/elementwise/elementwise.js";
import { sigmoid } from "../kernels/elementwise/activation.js";
import { softmax } from "../kernels/elementwise/softmax.js";
import type { Op, Value } from "../kernels/op.js";
import * as kernels from "../kernels/training/losses.js";
import { nameIn, type NameIn } from "../names.js";
import { isPlainObject } from "../options/describe.js";
import { snakeCase } from "../options/notation.js";
import { formatShape, type Shape } from "../tensor.js";
import type { AccuracyName } from "./accuracies.js";

/** What labels may be: one class index for each sample, or a number from `min` to `max` for each output. */
export type LabelRange =
  { readonly kind: "class index" } | { readonly kind: "number"; readonly min: number; readonly max: number };

export interface LossDescription {
  /** For the documentation: what it is for. */
  readonly summary: string;
  readonly labels: LabelRange;
  /** The activation whose output the loss expects. */
  readonly activation: Op<object>;
  /** What the output of that activation means. */
  readonly output: "probabilities" | "values";
  readonly ofOutput: Op<object>;
  /** The same loss, taken on what goes into the activation. */
  readonly ofLogits: Op<object>;
  /** What the metric `accuracy` is with this loss. */
  readonly accuracy: AccuracyName;
  /** Where label smoothing moves the labels of so many units; undefined: the loss has no label smoothing. */
  readonly smoothedTo?: (units: number) => number;
}

const fromZeroToOne = { kind: "number", min: 0, max: 1 } as const;

export const losses = {
  binary_crossentropy: {
    summary: "two classes with one unit; or classes that do not exclude each other, with one unit each",
    labels: fromZeroToOne,
    activation: sigmoid,
    output: "probabilities",
    ofOutput: kernels.binaryCrossentropy,
    ofLogits: kernels.binaryCrossentropyFromLogits,
    accuracy: "binary_accuracy",
    smoothedTo: () => 0.5,
  },
  categorical_crossentropy: {
    summary: "classes with one unit each, labels one-hot",
    labels: fromZeroToOne,
    activation: softmax,
    output: "probabilities",
    ofOutput: kernels.categoricalCrossentropy,
    ofLogits: kernels.categoricalCrossentropyFromLogits,
    accuracy: "categorical_accuracy",
    smoothedTo: (units) => 1 / units,
  },
  sparse_categorical_crossentropy: {
    summary: "classes with one unit each, labels as indices",
    labels: { kind: "class index" },
    activation: softmax,
    output: "probabilities",
    ofOutput: kernels.sparseCategoricalCrossentropy,
    ofLogits: kernels.sparseCategoricalCrossentropyFromLogits,
    accuracy: "sparse_categorical_accuracy",
  },
} as const satisfies Readonly<Record<string, LossDescription>>;

/**
 * The losses that `compile` knows. As in Keras they are means over the samples of a batch.
 * @example
 * model.compile({ loss: "binary_crossentropy" }); // two classes with one unit, activation "sigmoid"
 * model.compile({ loss: "categorical_crossentropy" }); // one unit a class, "softmax", labels one-hot
 * model.compile({ loss: "sparse_categorical_crossentropy" }); // the same, labels are class indices
 */
export type LossName = NameIn<typeof losses>;

/** Keras's short names. */
const shortNames = new Map<unknown, LossName>([
  ["bce", "binary_crossentropy"],
  ["BCE", "binary_crossentropy"],
]);

/**
 * A loss by a name of Keras's: of the function, in short or of its class; or what Keras 3 writes for the function itself.
 * @throws WgraftError `not-supported` for a name that is not in the table
 */
export function parseLoss(saved: unknown): LossName {
  const isFunction = isPlainObject(saved) && saved.class_name === "function";
  const name = isFunction ? saved.config : saved;
  const isClass = typeof name === "string" && /^[A-Z][a-z]/.test(name);
  return nameIn(losses, "loss", shortNames.get(name) ?? (isClass ? snakeCase(name) : name));
}

/** Shape per sample of the labels that go with an output. */
export function labelShape(loss: LossName, output: Shape): Shape {
  if (output.length !== 1) throw shapeError(`loss ${loss}`, "a model output (units,)", formatShape(output));
  return losses[loss].labels.kind === "class index" ? [1] : output;
}

/** How a loss is taken. */
export interface LossSettings {
  /** The prediction is what would go into the activation. Default false. */
  readonly fromLogits?: boolean;
  /** Labels move this share of the way to where the loss smooths them: Keras's `label_smoothing`. Default 0. */
  readonly labelSmoothing?: number;
}

/**
 * Emits the loss of each sample.
 *
 * Where the prediction comes out of the activation that belongs to the loss, the loss is taken on what went into it:
 * the same number where nothing is clipped, and a gradient that does not vanish where the prediction is sure and wrong.
 */
export function emitLoss(
  graph: Graph,
  loss: LossName,
  given: Value,
  prediction: Value,
  { fromLogits = false, labelSmoothing = 0 }: LossSettings = {},
): Value {
  const { activation, ofOutput, ofLogits }: LossDescription = losses[loss];
  const labels = labelSmoothing > 0 ? smoothed(graph, loss, given, labelSmoothing) : given;
  const producer = graph.producer(prediction);
  if (producer?.op === softmax && prediction.shape.at(-1) === 1) {
    throw new WgraftError(
      "usage",
      `loss ${loss}: a softmax of one unit is 1 for every sample, and nothing can be learned; use sigmoid, or a unit for each class`,
    );
  }
  if (fromLogits) return graph.add(ofLogits, [labels, prediction], {});
  if (producer?.op === activation) return graph.add(ofLogits, [labels, producer.inputs[0]], {});
  return graph.add(ofOutput, [labels, prediction], {});
}

/** labels · (1 − amount) + amount · middle */
function smoothed(graph: Graph, loss: LossName, labels: Value, amount: number): Value {
  const { smoothedTo }: LossDescription = losses[loss];
  if (!smoothedTo) throw new WgraftError("internal", `loss ${loss} has no label smoothing`);
  const kept = graph.add(scale, [labels], { factor: 1 - amount });
  const shift = graph.add(fill, [], { shape: [], value: amount * smoothedTo(labels.shape.at(-1)!) });
  return graph.add(add, [kept, shift], {});
}
