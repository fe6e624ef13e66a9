/** What a model's outputs mean: the one place that decides it. */
import { Graph } from "../graph/graph.js";
import { sigmoid } from "../kernels/elementwise/activation.js";
import { softmax } from "../kernels/elementwise/softmax.js";
import type { Value } from "../kernels/op.js";
import { reshape } from "../kernels/shape/reshape.js";
import { losses, type LossName } from "./losses.js";
import type { Network } from "./network.js";

/** How a model's loss reads its outputs. */
export interface LossRecord {
  readonly loss: LossName;
  /** Keras's `from_logits`: the loss applies the activation. */
  readonly fromLogits: boolean;
}

/** Logits become probabilities by a sigmoid (one unit) or softmax; values are numbers that no record explains. */
export type OutputMeaning = "probabilities" | "logits" | "values";

/**
 * What a model's output means: by its last activation, else by the loss that it was compiled with.
 *
 * Without either nothing is guessed: the outputs are values, and neither a class nor a probability.
 */
export function meaningOfOutput(model: Network & { readonly lossRecord?: LossRecord }): OutputMeaning {
  if (endsInProbabilities(model)) return "probabilities";
  const record = model.lossRecord;
  if (!record) return "values";
  return record.fromLogits ? "logits" : losses[record.loss].output;
}

/** Traced rather than read off the layers: an activation may be a separate layer, within an inner model, or reshaped. */
function endsInProbabilities(model: Network): boolean {
  const graph = new Graph();
  const inputs = model.inputs.map(({ shape }, i) =>
    graph.input(`x${i}`, { shape: [1, ...shape], dtype: "float32" }),
  );
  const [output] = model.emit({ graph, training: false, seed: 0 }, inputs);
  return logitsOf(graph, output) !== undefined;
}

/** What a last sigmoid or softmax, reshaped or not, makes probabilities of; undefined where an output ends in neither. */
export function logitsOf(graph: Graph, output: Value): Value | undefined {
  let producer = graph.producer(output);
  while (producer?.op === reshape) producer = graph.producer(producer.inputs[0]);
  return producer?.op === sigmoid || producer?.op === softmax ? producer.inputs[0] : undefined;
}
