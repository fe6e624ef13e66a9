/** Models as files that stock Keras loads. */
import { WgraftError } from "../../errors.js";
import { kerasTrainingConfig } from "../../io/keras/trainingConfig.js";
import { writeLegacyModel, type LayerToWrite, type WeightToWrite } from "../../io/keras/writeModel.js";
import { InputLayer } from "../layers/core/inputLayer.js";
import type { Layer, Weight } from "../layers/layer.js";
import { Network } from "../network.js";
import { LossScaleOptimizer } from "../optimizers/lossScaleOptimizer.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import type { Compiled } from "../training/programs.js";

/** The version whose notation is written: Keras 2 and 3 both read it. */
export const notation = "2.15.0";

/** A model's architecture in the notation of Keras 2, which every later version reads too. */
export function modelConfig(model: Network): { className: string; config: Config } {
  const config = model.className === "Sequential" ? sequentialConfig(model) : functionalConfig(model, listed);
  return { className: model.className, config };
}

type Config = Record<string, unknown>;

/** One tensor as a list of tensors: Keras ≤ 2.3 wants that of a whole model. */
const listed = (tensor: unknown) => [tensor];
/** Of an inner model, Keras 3 takes a list to mean that its output is a list too, which no layer can be called on. */
const bare = (tensor: unknown) => tensor;

function sequentialConfig(model: Network): Config {
  return { ...nameAndFlag(model), layers: model.layers.map(serialized) };
}

function functionalConfig(model: Network, wrapped: (tensor: unknown) => unknown): Config {
  const layers = model.layers.map((layer) => ({
    ...serialized(layer),
    name: layer.name,
    inbound_nodes: inboundNodes(model, layer),
  }));
  const last = model.calls.at(-1)!.layer;
  // Keras counts the node that an inner functional model is born with; here only, not among inbound nodes.
  const born = last.className === "Functional" ? 1 : 0;
  return {
    ...nameAndFlag(model),
    layers,
    input_layers: wrapped([model.calls[0].layer.name, 0, 0]),
    output_layers: wrapped([last.name, nodeIndex(model, -1) + born, 0]),
  };
}

function serialized(layer: Layer): { class_name: string; config: Config } {
  const isFunctional = layer instanceof Network && layer.className === "Functional";
  return {
    class_name: layer.className,
    config: isFunctional ? functionalConfig(layer, bare) : layer.getConfig(),
  };
}

/** A flag that is set would unfreeze the layers, which have flags of their own: only one that is not is told. */
function nameAndFlag({ name, trainable }: Network) {
  return trainable ? { name } : { name, trainable };
}

/** `[[["block1_conv1", 0, 0, {}]]]`: for each call of the layer, the tensors that it reads. */
function inboundNodes(model: Network, layer: Layer): unknown[] {
  return model.calls
    .filter((call) => call.layer === layer && call.inputs.length > 0)
    .map(({ inputs }) => inputs.map((i) => [model.calls[i].layer.name, nodeIndex(model, i), 0, {}]));
}

/** Which of its layer's calls call `i` of the model is. */
function nodeIndex({ calls }: Network, i: number): number {
  const call = calls.at(i)!;
  return calls.filter((other) => other.layer === call.layer).indexOf(call);
}

/**
 * Writes a model as Keras's `model.save("x.h5")` does; with its training configuration where it is `compilation`. The
 * optimizer's state is not written: Keras 3 would load it and then fail to train on.
 *
 * The weights are read and written one at a time, in parts, so that the host never has all of them. The file appears under
 * `path` only when it is whole.
 * @throws WgraftError `io` when it cannot be written, `usage` for the name of a .keras file
 */
export async function saveModel(
  model: Network,
  compilation: Compiled | undefined,
  path: string,
): Promise<void> {
  if (path.endsWith(".keras")) {
    throw new WgraftError("usage", `${path}: wgraft saves .h5 files; give it a name that ends in .h5`);
  }
  const { className, config } = modelConfig(model);
  const isSequential = model.className === "Sequential";
  const layers = model.layers
    .filter((layer) => !(isSequential && layer instanceof InputLayer))
    .map((layer): LayerToWrite => ({ name: layer.name, weights: weightsOf(layer) }));
  await writeLegacyModel(path, {
    modelConfig: { class_name: className, config },
    trainingConfig: compilation && trainingConfig(compilation),
    layers,
    kerasVersion: notation,
  });
}

function trainingConfig({ optimizer, loss, metrics }: Compiled): object {
  const config = argumentsThatAreSet(optimizer);
  if (optimizer instanceof LossScaleOptimizer) {
    const inner = config.inner_optimizer as object;
    config.inner_optimizer = { ...inner, config: argumentsThatAreSet(optimizer.innerOptimizer) };
  }
  return kerasTrainingConfig({ optimizer: { className: optimizer.className, config }, loss, metrics });
}

/**
 * Without arguments at null, which older versions do not know, and a momentum of 0, the default: it would be written as an
 * integer, and Keras 3 insists on a float.
 */
function argumentsThatAreSet(optimizer: Optimizer): Record<string, unknown> {
  const set = Object.entries(optimizer.getConfig()).filter(
    ([key, value]) => value !== null && !(key === "momentum" && value === 0),
  );
  return Object.fromEntries(set);
}

interface NamedWeight extends Weight {
  /** `dense/kernel:0`; below an inner model of an inner model, with that one's name before it. */
  readonly path: string;
}

/** A layer's weights, those that train first: Keras hands them out again in that order, by count. Each is read when it is written. */
function weightsOf(layer: Layer): WeightToWrite[] {
  const all = layer instanceof Network ? namedWeights(layer) : ownWeights(layer);
  const training = new Set(layer.trainableWeights);
  const isTraining = ({ variable }: NamedWeight) => [...training].some((w) => w.variable === variable);
  const ordered = [...all.filter(isTraining), ...all.filter((w) => !isTraining(w))];
  return ordered.map(({ path, variable }) => ({
    name: path,
    shape: variable.shape,
    data: () => variable.readParts() as AsyncIterable<Float32Array>,
  }));
}

/** In the order of the layers; a layer's statistics stand beside its other weights. */
function namedWeights(network: Network, prefix = ""): NamedWeight[] {
  return network.layers.flatMap((layer) =>
    layer instanceof Network ? namedWeights(layer, `${prefix}${layer.name}/`) : ownWeights(layer, prefix),
  );
}

function ownWeights(layer: Layer, prefix = ""): NamedWeight[] {
  return layer.weights.map((weight) => ({ ...weight, path: `${prefix}${layer.name}/${weight.name}:0` }));
}
