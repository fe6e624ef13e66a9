/** Models as files that stock Keras loads. */
import { kerasTrainingConfig, type CompileArguments } from "../../io/keras/trainingConfig.js";
import { RECORD } from "../../io/keras/savedFile.js";
import { writeArchive, type SaveableToWrite } from "../../io/keras/writeArchive.js";
import { writeLegacyModel, type LayerToWrite, type WeightToWrite } from "../../io/keras/writeModel.js";
import { checkArgument } from "../../options/checkOptions.js";
import { check } from "../../options/checks.js";
import { InputLayer } from "../layers/core/inputLayer.js";
import type { Layer, Weight } from "../layers/layer.js";
import { isOperation } from "../layers/operations/operation.js";
import { Network } from "../network.js";
import { keras3CompileConfig, keras3Model, keras3Object, keras3Version } from "./keras3Config.js";
import { modelConfig, notation } from "./modelConfig.js";
import { LossScaleOptimizer } from "../optimizers/lossScaleOptimizer.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import type { Compiled } from "../training/programs.js";
import { savedTargets, type LossNotation } from "./savedTargets.js";

const modelPath = check<string>(
  "a path that ends in .h5 or .keras",
  (value) => typeof value === "string" && /\.(h5|hdf5|keras)$/.test(value),
);

/**
 * Writes a model as Keras's `model.save` does, by the file's name: a .keras file, or the .h5 that Keras 2 and 3 load;
 * with its training configuration where it is `compilation`. The optimizer's state is not written: Keras 3 would load that of
 * an .h5 and then fail to train on.
 *
 * The weights are read and written one at a time, in parts, so that the host never has all of them. The file appears under
 * `path` only when it is whole.
 * @throws WgraftError `usage` for a path that ends in neither .h5 (.hdf5) nor .keras, `io` when it cannot be written
 */
export async function saveModel(
  model: Network,
  compilation: Compiled | undefined,
  path: string,
): Promise<void> {
  checkArgument("save", "path", modelPath, path);
  await (path.endsWith(".keras") ? saveArchive : saveLegacy)(model, compilation, path);
}

async function saveLegacy(model: Network, compilation: Compiled | undefined, path: string): Promise<void> {
  const { className, config } = modelConfig(model);
  await writeLegacyModel(path, {
    modelConfig: { class_name: className, config },
    trainingConfig: compilation && kerasTrainingConfig(compileArguments(compilation, legacyLoss)),
    layers: layersToSave(model).map((layer): LayerToWrite => ({
      name: layer.name,
      weights: weightsOf(layer),
    })),
    kerasVersion: versionOf(model),
    record: recordToSave(model),
  });
}

/** The version by which arguments mean what they do: Keras 3 changed `hard_sigmoid`, and has its own operations. */
function versionOf(model: Network): string {
  const isNew = model.leafLayers.some((layer) =>
    isOperation(layer) ? layer.tfFunction === undefined : layer.getConfig().activation === "hard_sigmoid",
  );
  return isNew ? keras3Version : notation;
}

async function saveArchive(model: Network, compilation: Compiled | undefined, path: string): Promise<void> {
  const compileConfig = compilation ? keras3CompileConfig(compileArguments(compilation, keras3Loss)) : {};
  await writeArchive(path, {
    metadata: {
      keras_version: keras3Version,
      date_saved: keras3Date(new Date()),
      [RECORD]: recordToSave(model),
    },
    config: { ...keras3Model(model), compile_config: compileConfig },
    model: saveableOf(model),
  });
}

function recordToSave({ record }: Network & { readonly record?: unknown }): object | undefined {
  return typeof record === "object" && record !== null ? record : undefined;
}

/** A Sequential leaves its input out; operations are no layers. */
function layersToSave(model: Network): readonly Layer[] {
  const isSequential = model.className === "Sequential";
  return model.layers.filter(
    (layer) => !isOperation(layer) && !(isSequential && layer instanceof InputLayer),
  );
}

function saveableOf(layer: Layer): SaveableToWrite {
  const { name, className } = layer;
  if (layer instanceof Network)
    return { name, className, weights: [], layers: layersToSave(layer).map(saveableOf) };
  return { name, className, weights: layer.weights.map(({ variable }) => valuesOf(variable)) };
}

function valuesOf(variable: Weight["variable"]): Pick<WeightToWrite, "shape" | "data"> {
  return { shape: variable.shape, data: () => variable.readParts() as AsyncIterable<Float32Array> };
}

const legacyLoss: LossNotation = (className, config) => ({ class_name: className, config });
const keras3Loss: LossNotation = (className, config) => keras3Object("keras.losses", className, config);

/** "2026-11-29@03:28:24" */
function keras3Date(date: Date): string {
  return date.toISOString().slice(0, 19).replace("T", "@");
}

function compileArguments(compiled: Compiled, lossObject: LossNotation): CompileArguments {
  const { optimizer } = compiled;
  const config = argumentsThatAreSet(optimizer);
  if (optimizer instanceof LossScaleOptimizer) {
    const inner = config.inner_optimizer as object;
    config.inner_optimizer = { ...inner, config: argumentsThatAreSet(optimizer.innerOptimizer) };
  }
  return { optimizer: { className: optimizer.className, config }, ...savedTargets(compiled, lossObject) };
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
  return ordered.map(({ path, variable }) => ({ name: path, ...valuesOf(variable) }));
}

/** In the order of the layers; a layer's statistics stand next to its other weights. */
function namedWeights(network: Network, prefix = ""): NamedWeight[] {
  return network.layers.flatMap((layer) =>
    layer instanceof Network ? namedWeights(layer, `${prefix}${layer.name}/`) : ownWeights(layer, prefix),
  );
}

function ownWeights(layer: Layer, prefix = ""): NamedWeight[] {
  return layer.weights.map((weight) => ({ ...weight, path: `${prefix}${layer.name}/${weight.name}:0` }));
}
