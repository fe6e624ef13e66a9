/** A model's architecture, as Keras's files have it. */
import type { Layer, LayerCall, SymbolicTensor } from "../layers/layer.js";
import { Network } from "../network.js";

/** The version whose notation is written: Keras 2 and 3 both read it. */
export const notation = "2.15.0";

/** A model's architecture in the notation of Keras 2, which every later version reads too. */
export function modelConfig(model: Network): { className: string; config: Config } {
  const config = model.className === "Sequential" ? sequentialConfig(model) : functionalConfig(model, listed);
  return { className: model.className, config };
}

type Config = Record<string, unknown>;

/** A list even of one tensor: Keras ≤ 2.3 wants that of a whole model. */
const listed = (tensors: readonly unknown[]): unknown => tensors;
/** Of an inner model, Keras 3 takes a list to mean that its output is a list too, which no layer can be called on. */
const bare = (tensors: readonly unknown[]) => (tensors.length === 1 ? tensors[0] : tensors);

function sequentialConfig(model: Network): Config {
  return { ...nameAndFlag(model), layers: model.layers.map(serialized) };
}

function functionalConfig(model: Network, wrapped: (tensors: readonly unknown[]) => unknown): Config {
  const layers = model.layers.map((layer) => ({
    ...serialized(layer),
    name: layer.name,
    inbound_nodes: callsOf(model, layer)
      .filter(({ inputs }) => inputs.length > 0)
      .map((call) => inboundNode(model, call)),
  }));
  return {
    ...nameAndFlag(model),
    layers,
    input_layers: wrapped(model.inputs.map((tensor) => endOf(model, tensor))),
    output_layers: wrapped(model.outputs.map((tensor) => endOf(model, tensor))),
  };
}

function serialized(layer: Layer): { class_name: string; config: Config } {
  const isFunctional = layer instanceof Network && layer.className === "Functional";
  return {
    class_name: layer.className,
    config: isFunctional ? functionalConfig(layer, bare) : layer.getConfig(),
  };
}

/** A flag that is set would unfreeze the layers, which have their own flags: only a false one is saved. */
function nameAndFlag({ name, trainable }: Network) {
  return trainable ? { name } : { name, trainable };
}

/** `[["block1_conv1", 0, 0, {}]]`: the tensors that a call reads, with its other arguments. */
function inboundNode(model: Network, { inputs, isInference }: LayerCall): unknown[] {
  const kwargs = isInference ? { training: false } : {};
  return inputs.map((tensor) => [tensor.layer.name, nodeIndex(model, tensor), tensor.index, kwargs]);
}

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
