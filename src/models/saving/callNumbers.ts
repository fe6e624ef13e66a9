/** How files number the calls of a model's layers. */
import type { Layer, LayerCall, SymbolicTensor } from "../layers/layer.js";
import type { Network } from "../network.js";

/** An input or output of a model: layer, call, and which of the call's outputs. */
export function endOf(model: Network, tensor: SymbolicTensor): unknown {
  // Keras counts the node that an inner functional model is born with; here only, not among inbound nodes.
  const born = tensor.layer.className === "Functional" ? 1 : 0;
  return [tensor.layer.name, nodeIndex(model, tensor) + born, tensor.index];
}

/** Which of its layer's calls in the model made a tensor. */
export function nodeIndex(model: Network, { layer, call }: SymbolicTensor): number {
  return callsOf(model, layer).indexOf(call);
}

/** The calls of a layer in a model, in the order in which they were made. */
export function callsOf({ calls }: Network, layer: Layer): LayerCall[] {
  return calls.filter((call) => call.layer === layer).sort((a, b) => a.serial - b.serial);
}
