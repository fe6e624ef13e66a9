/**
 * Mixed precision, after Keras's policy mixed_float16: activations and their gradients are stored as float16; weights, the
 * optimizer's slots, the loss and all sums are float32.
 */
import type { Graph } from "../../graph/graph.js";
import { sigmoid } from "../../kernels/elementwise/activation.js";
import { castTo } from "../../kernels/shape/cast.js";
import type { Op, Value } from "../../kernels/op.js";
import { softmax } from "../../kernels/elementwise/softmax.js";

const toProbabilities: readonly Op<object>[] = [sigmoid, softmax];

/**
 * A prediction in float32. Where it comes out of a sigmoid or softmax, that is computed on what went in, in float32, as
 * Keras's guide advises: float16 has nothing between 1 - 2⁻¹¹ and 1, and no probability below 2⁻²⁴.
 */
export function predictionInFloat32(graph: Graph, prediction: Value): Value {
  if (prediction.dtype === "float32") return prediction;
  const producer = graph.producer(prediction);
  const activation = toProbabilities.find((op) => op === producer?.op);
  if (!producer || !activation) return castTo(graph, prediction, "float32");
  return graph.scoped(producer.scope, () =>
    graph.add(activation, [castTo(graph, producer.inputs[0], "float32")], {}),
  );
}
