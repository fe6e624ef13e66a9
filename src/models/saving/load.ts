/** Models from files. */
import { messageOf, WgraftError } from "../../errors.js";
import { readFields, type ReadOptions } from "../../io/hdf5/limits.js";
import type { LayerConfig, ModelConfig } from "../../io/keras/modelConfig.js";
import { readModelConfig } from "../../io/keras/readModelConfig.js";
import { recordOf, withSavedFile } from "../../io/keras/savedFile.js";
import type { Device } from "../../kernels/gpu/device.js";
import { check, text } from "../../options/checks.js";
import { checkArgument, checkOptions } from "../../options/checkOptions.js";
import { isPlainObject } from "../../options/describe.js";
import { nullable, optional, optionsOf } from "../../options/fields.js";
import { oneOrTwo } from "../layers/arguments.js";
import { InputLayer } from "../layers/core/inputLayer.js";
import type { OneOrMore } from "../ends.js";
import type { Layer, SymbolicTensor } from "../layers/layer.js";
import { openShapeOf, trialShapes, type OpenShape } from "../layers/openShape.js";
import { buildLayer, buildOperation, isLayerClass, type CustomObjects } from "../layers/savedLayer.js";
import { Model } from "../model.js";
import { deviceField, sequentialTable } from "../modelOptions.js";
import { Network } from "../network.js";
import type { LossRecord } from "../outputs.js";
import { Sequential } from "../sequential.js";
import { connect, isOpen, type Origin } from "./connect.js";
import { compileOptions, lossRecordOf } from "./training.js";
import { fillWeights } from "./weights.js";

export interface BuildOptions {
  /** Default: one that is opened for the process at first use. */
  device?: Device;
  /** Seed of dropout and shuffling. Default: drawn at random. */
  seed?: number | null;
  /** Classes of layers of your own, by the names that the file has for them: `{ Swish }`. Default: none. */
  customObjects?: CustomObjects | null;
  /**
   * Height and width of the images, or the side of square ones, of a model that leaves them open. Default: it takes images of any
   * size, with a program for each.
   */
  size?: number | readonly [number, number] | null;
}

export interface LoadOptions extends BuildOptions, ReadOptions {}

const customObjects = check<CustomObjects>(
  "an object of classes of layers by their names, { MyLayer }",
  (value) => isPlainObject(value) && Object.values(value).every(isLayerClass),
);

const table = optionsOf<LoadOptions>("loadModel").fields({
  device: deviceField,
  seed: sequentialTable.fields.seed,
  customObjects: nullable(optional(customObjects)),
  size: nullable(optional(oneOrTwo({ min: 1 }, "a positive integer, or [height, width]"))),
  ...readFields,
});

/**
 * Loads a model that Keras 2, Keras 3 or wgraft saved: `.h5` of `model.save`, or `.keras`. It comes back compiled where
 * it was saved compiled and wgraft knows the optimizer, the loss and the metrics; where not, a warning names what it
 * does not know. The optimizer's state is not restored.
 *
 * Layers are built by an allow-list of classes, to which `customObjects` adds; nothing in the file is evaluated.
 * @typeParam Outputs what the model gives: `SymbolicTensor[]` for a model with several outputs
 * @throws WgraftError `usage` for an option that is unknown or not what it should be
 * @throws WgraftError `bad-input` for a file that is no model, `not-supported` for layers and arguments that wgraft does
 *   not have
 * @example
 * const model = await loadModel("cats_and_dogs_small_3.h5");
 * model.summary();
 * // Saved with a layer of your own:
 * // await loadModel("own.h5", { customObjects: { Swish } });
 */
export async function loadModel<Outputs extends OneOrMore<SymbolicTensor> = SymbolicTensor>(
  path: string,
  options?: LoadOptions,
): Promise<Model<Outputs>> {
  checkArgument("loadModel", "path", text, path);
  return (await load(path, options)) as unknown as Model<Outputs>;
}

async function load(path: string, options?: LoadOptions): Promise<Model> {
  const { device, seed, customObjects, size, ...reading } = checkOptions(table, options);
  const { model, trainingConfig } = await withSavedFile(path, reading, async (file) => {
    const { modelConfig, trainingConfig, kerasVersion } = readModelConfig(file);
    const building = { device, seed, customObjects, size };
    const model = buildModel(modelConfig, { file: path, kerasVersion }, building);
    await fillWeights(model, file);
    model.record = recordOf(file);
    return { model, trainingConfig };
  });
  if (!trainingConfig) return model;
  try {
    model.compile(compileOptions(trainingConfig, model.outputs.length));
  } catch (error) {
    if (!(error instanceof WgraftError)) throw error;
    if (model.outputs.length === 1) model.lossRecord = knownLoss(trainingConfig.loss);
    process.emitWarning(`${path}: the model is loaded but not compiled: ${messageOf(error)}`);
  }
  return model;
}

/** Records how outputs are read, even if the rest of a compilation is unknown. */
function knownLoss(saved: unknown): LossRecord | undefined {
  try {
    return lossRecordOf(saved);
  } catch (error) {
    if (error instanceof WgraftError) return undefined;
    throw error;
  }
}

/**
 * Builds a model, with new weights, from its configuration.
 * @param inputs what an inner model is called on, which decides what its own inputs leave open
 * @throws WgraftError `bad-input` that names the file for what layers and models refuse: it was the file that asked for it
 */
export function buildModel(
  config: ModelConfig,
  origin: Origin,
  options: BuildOptions = {},
  inputs?: readonly OpenShape[],
): Model {
  try {
    return build(config, origin, options, inputs);
  } catch (error) {
    if (!(error instanceof WgraftError) || (error.code !== "usage" && error.code !== "shape")) throw error;
    const { op, expected, got } = error;
    // A layer that fits one size only.
    const advice = inputs === undefined && options.size === undefined && isOpen(config);
    const message = `${origin.file}: ${error.message}${advice ? "; name the size of its images with `size`" : ""}`;
    const option = advice ? "size" : undefined;
    throw new WgraftError("bad-input", message, { op, option, expected, got, cause: error });
  }
}

function build(
  config: ModelConfig,
  origin: Origin,
  options: BuildOptions,
  inputs: readonly OpenShape[] | undefined,
): Model {
  const { file } = origin;
  const { customObjects, size, ...making } = options;
  const places = config.inputLayers.map(([name]) => name);
  const inputOf = (
    name: string,
    { batchShape, config: { dtype } }: Pick<LayerConfig, "batchShape" | "config">,
  ) => {
    const given = inputs?.[Math.max(0, places.indexOf(name))];
    return inputLayer(name, batchShape, { file, dtype, given, size });
  };
  const layerOf = (layer: LayerConfig, called?: readonly OpenShape[]): Layer => {
    if (layer.operation) return buildOperation(layer.name, layer.operation, file);
    if (layer.className === "InputLayer") return inputOf(layer.name, layer);
    return layer.model
      ? buildModel(layer.model, origin, options, called)
      : buildLayer(withOldMeanings(layer, origin), file, customObjects ?? {});
  };
  const { name } = config;
  if (config.className === "Functional")
    return new Model({ ...connect(config, layerOf, origin), name, ...making }) as unknown as Model;
  const [first] = config.layers;
  if (config.layers.every(({ className }) => className === "InputLayer"))
    throw new WgraftError("bad-input", `${file}: a Sequential model without layers`);
  const layers: Layer[] = [];
  // An input that no layer stands for.
  if (first.className !== "InputLayer" && !first.model) {
    const batchShape = first.batchShape ?? config.buildInputShape;
    layers.push(inputOf(`${first.name}_input`, { batchShape, config: {} }));
  }
  for (const layer of config.layers) layers.push(layerOf(layer, layer.model && outputOf(layers, inputs)));
  return new Sequential(layers, { name, ...making });
}

/** What the layers of a Sequential model make so far; of none, what the model itself is called on. */
function outputOf(
  layers: readonly Layer[],
  inputs: readonly OpenShape[] | undefined,
): readonly OpenShape[] | undefined {
  return layers.reduce<readonly OpenShape[] | undefined>((shapes, layer) => {
    if (layer instanceof InputLayer) return [layer.openShape];
    if (layer instanceof Network) return layer.outputs.map(({ openShape }) => openShape);
    if (!shapes) return undefined;
    const trials = shapes.map(trialShapes);
    const made = layer.computeOutputShapes(trials.map(({ shape }) => shape));
    const others = layer.computeOutputShapes(trials.map(({ other }) => other));
    return made.map((shape, i) => openShapeOf(shape, others[i]));
  }, inputs);
}

/** A layer's arguments with the names that Keras 3 has for what they meant to the Keras that saved them. */
function withOldMeanings(layer: LayerConfig, { kerasVersion }: Origin): LayerConfig {
  if (Number.parseInt(kerasVersion) >= 3 || layer.config.activation !== "hard_sigmoid") return layer;
  return { ...layer, config: { ...layer.config, activation: "hard_sigmoid_keras2" } };
}

interface InputOrigin {
  readonly file: string;
  readonly dtype: unknown;
  /** What an inner model is called on. */
  readonly given: OpenShape | undefined;
  readonly size: BuildOptions["size"];
}

function inputLayer(
  name: string,
  batchShape: readonly (number | null)[] | undefined,
  { file, dtype, given, size }: InputOrigin,
): InputLayer {
  if (!batchShape) throw new WgraftError("bad-input", `${file}: input ${name} has no shape`);
  const [, ...open] = batchShape;
  const sides = typeof size === "number" ? [size, size] : (size ?? []);
  const known = given?.length === open.length ? given : open.length === 3 ? sides : [];
  const shape = open.map((extent, axis) => extent ?? known[axis] ?? null);
  if (shape.some((extent) => extent !== null && extent < 1))
    throw new WgraftError("bad-input", `${file}: input ${name} has the shape ${JSON.stringify(batchShape)}`);
  if (dtype === "string" || dtype === "bool")
    throw new WgraftError("not-supported", `${file}: input ${name} takes ${dtype}, where numbers are needed`);
  return new InputLayer({ shape, name, ...(dtype === "uint8" && { dtype }) });
}
