/** A model's architecture, as Keras's files have it. */
import type { Layer, LayerCall } from "../layers/layer.js";
import { isOperation, type Operation } from "../layers/operations/operation.js";
import { Network } from "../network.js";
import { callsOf, endOf, nodeIndex } from "./callNumbers.js";
import { keras3Layer, keras3Node } from "./keras3Config.js";

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
      .map((call) => (isOperation(layer) ? operationNode(model, layer, call) : inboundNode(model, call))),
  }));
  return {
    ...nameAndFlag(model),
    layers,
    input_layers: wrapped(model.inputs.map((tensor) => endOf(model, tensor))),
    output_layers: wrapped(model.outputs.map((tensor) => endOf(model, tensor))),
  };
}

function serialized(layer: Layer): Config {
  if (isOperation(layer)) return serializedOperation(layer);
  const isFunctional = layer instanceof Network && layer.className === "Functional";
  return {
    class_name: layer.className,
    config: isFunctional ? functionalConfig(layer, bare) : layer.getConfig(),
  };
}

/** Keras 2 has a layer for it that names a function of TensorFlow; Keras 3 knows no such layer, and Keras 2 no operation. */
function serializedOperation(layer: Operation): Config {
  const { name, trainable, tfFunction } = layer;
  if (tfFunction === undefined) return keras3Layer(layer);
  const className = tfFunction === "__operators__.getitem" ? "SlicingOpLambda" : "TFOpLambda";
  return { class_name: className, config: { name, trainable, dtype: "float32", function: tfFunction } };
}

/** `["x", 0, 0, { y: 127.5 }]`, and a list of such where the first argument is a list of tensors. */
function operationNode(model: Network, layer: Operation, call: LayerCall): unknown {
  if (layer.tfFunction === undefined) return keras3Node(model, call);
  const tensors = call.inputs.map((tensor) => [tensor.layer.name, nodeIndex(model, tensor), tensor.index]);
  const { first, kwargs } = layer.keras2Call(tensors);
  if (tensors.includes(first as (typeof tensors)[0])) return [...(first as unknown[]), kwargs];
  if (Array.isArray(first) && tensors.includes(first[0] as (typeof tensors)[0]))
    return first.map((tensor) => [...(tensor as unknown[]), kwargs]);
  return ["_CONSTANT_VALUE", -1, first, kwargs];
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
