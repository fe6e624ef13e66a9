/** Models as files that stock Keras loads. */
import { WgraftError } from "../../errors.js";
import { kerasTrainingConfig } from "../../io/keras/trainingConfig.js";
import { writeLegacyModel, type LayerToWrite, type WeightToWrite } from "../../io/keras/writeModel.js";
import { InputLayer } from "../layers/core/inputLayer.js";
import type { Layer, Weight } from "../layers/layer.js";
import { Network } from "../network.js";
import { modelConfig, notation } from "./modelConfig.js";
import { LossScaleOptimizer } from "../optimizers/lossScaleOptimizer.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import type { Compiled } from "../training/programs.js";
import { savedLoss } from "./training.js";

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

function trainingConfig(compiled: Compiled): object {
  const { optimizer, metrics } = compiled;
  const config = argumentsThatAreSet(optimizer);
  if (optimizer instanceof LossScaleOptimizer) {
    const inner = config.inner_optimizer as object;
    config.inner_optimizer = { ...inner, config: argumentsThatAreSet(optimizer.innerOptimizer) };
  }
  return kerasTrainingConfig({
    optimizer: { className: optimizer.className, config },
    loss: savedLoss(compiled),
    metrics,
  });
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
