/** Losses by Keras's names. */
import { shapeError, WgraftError } from "../errors.js";
import type { Graph } from "../graph/graph.js";
import { sigmoid } from "../kernels/elementwise/activation.js";
import * as kernels from "../kernels/training/losses.js";
import type { Op, Value } from "../kernels/op.js";
import { softmax } from "../kernels/elementwise/softmax.js";
import { formatShape, type Shape } from "../tensor.js";

export type LossName = "binary_crossentropy" | "categorical_crossentropy" | "sparse_categorical_crossentropy";

interface LossKernels {
  /** The activation whose output the loss expects, and the loss on what went into it. */
  readonly activation: Op<object>;
  readonly ofProbabilities: Op<object>;
  readonly ofLogits: Op<object>;
  /** Labels are class indices: one number per sample. */
  readonly sparse: boolean;
}

const losses: Readonly<Record<LossName, LossKernels>> = {
  binary_crossentropy: {
    activation: sigmoid,
    ofProbabilities: kernels.binaryCrossentropy,
    ofLogits: kernels.binaryCrossentropyFromLogits,
    sparse: false,
  },
  categorical_crossentropy: {
    activation: softmax,
    ofProbabilities: kernels.categoricalCrossentropy,
    ofLogits: kernels.categoricalCrossentropyFromLogits,
    sparse: false,
  },
  sparse_categorical_crossentropy: {
    activation: softmax,
    ofProbabilities: kernels.sparseCategoricalCrossentropy,
    ofLogits: kernels.sparseCategoricalCrossentropyFromLogits,
    sparse: true,
  },
};

export const lossNames = Object.keys(losses) as LossName[];

/** @throws WgraftError `not-supported` for a name that is not in the list */
export function parseLoss(name: unknown): LossName {
  if (typeof name === "string" && name in losses) return name as LossName;
  throw new WgraftError(
    "not-supported",
    `loss ${JSON.stringify(name)} is not known; known: ${lossNames.join(", ")}`,
  );
}

/** Shape per sample of the labels that go with an output. */
export function labelShape(loss: LossName, output: Shape): Shape {
  if (output.length !== 1) throw shapeError(`loss ${loss}`, "a model output (units,)", formatShape(output));
  return losses[loss].sparse ? [1] : output;
}

/**
 * Emits the loss of each sample.
 *
 * Where the prediction comes out of the activation that belongs to the loss, the loss is taken on what went into it:
 * the same number where nothing is clipped, and a gradient that does not vanish where the prediction is sure and wrong.
 */
export function emitLoss(graph: Graph, loss: LossName, labels: Value, prediction: Value): Value {
  const { activation, ofProbabilities, ofLogits } = losses[loss];
  const producer = graph.producer(prediction);
  if (producer?.op === activation) return graph.add(ofLogits, [labels, producer.inputs[0]], {});
  return graph.add(ofProbabilities, [labels, prediction], {});
}
