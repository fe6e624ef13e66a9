/** The head on top of features: made from options, loaded from a file, or rebuilt from a checkpoint. */
import { WgraftError } from "../../errors.js";
import { parseModelConfig } from "../../io/keras/modelConfig.js";
import type { Device } from "../../kernels/gpu/device.js";
import { Dense } from "../../models/layers/core/dense.js";
import { Dropout } from "../../models/layers/regularization/dropout.js";
import type { Layer } from "../../models/layers/layer.js";
import { Flatten } from "../../models/layers/reshaping/flatten.js";
import { Reshape } from "../../models/layers/reshaping/reshape.js";
import type { LossName } from "../../models/losses.js";
import { Model } from "../../models/model.js";
import { meaningOfOutput } from "../../models/outputs.js";
import type { OptimizerName } from "../../models/optimizers/index.js";
import { optimizerOf } from "../../models/optimizers/savedOptimizer.js";
import { buildModel } from "../../models/saving/load.js";
import { modelConfig, notation } from "../../models/saving/modelConfig.js";
import { Sequential } from "../../models/sequential.js";
import { existingModel } from "../run/files.js";
import { loadSimpleModel } from "./simpleModel.js";
import { formatShape, sameShape, sizeOf } from "../../tensor.js";

export interface HeadSettings {
  units: number;
  dropout: number;
  seed: number;
}

/** Outputs of a head for so many classes: one probability for two, else one each. */
function outputsFor(classes: number): number {
  return classes === 2 ? 1 : classes;
}

/** The loss that goes with an output: labels are class indices either way. */
export function lossFor(outputs: number): LossName {
  return outputs === 1 ? "binary_crossentropy" : "sparse_categorical_crossentropy";
}

/** Dense(units) relu, Dropout, Dense(1) sigmoid: the tutorial's; Dense(classes) softmax for more than two classes. */
export function headLayers(classes: number, { units, dropout }: HeadSettings, inputDim?: number): Layer[] {
  const outputs = outputsFor(classes);
  return [
    new Dense({ units, activation: "relu", inputDim }),
    new Dropout({ rate: dropout }),
    new Dense({ units: outputs, activation: outputs === 1 ? "sigmoid" : "softmax" }),
  ];
}

/** A base with a new head on it: the base, Flatten, and `headLayers`. */
export function graftHead(base: Model, classes: number, settings: HeadSettings, device: Device): Model {
  const { seed } = settings;
  return new Sequential([base, new Flatten(), ...headLayers(classes, settings)], { device, seed });
}

/** A base and the head that was trained on its features, as one model. Layers and weights are shared with both. */
export function joinedModel(base: Model, head: Model): Model {
  const features = base.outputs[0];
  const fits = sameShape(features.shape, head.inputShape);
  const given = fits ? features : new Reshape({ targetShape: head.inputShape }).apply(features);
  return new Model({ inputs: base.inputs[0], outputs: head.apply(given), device: base.device });
}

/** @param inputs values per sample */
export function makeHead(inputs: number, classes: number, settings: HeadSettings, device: Device): Model {
  return new Sequential(headLayers(classes, settings, inputs), { device, seed: settings.seed });
}

/** A saved model to train further. Throws `bad-input` unless it fits these inputs and this number of classes. */
export async function loadHead(
  path: string,
  inputs: number,
  classes: number,
  seed: number,
  device: Device,
): Promise<Model> {
  const model = await loadSimpleModel(await existingModel(path), { device, seed });
  const refuse = (what: string) => {
    throw new WgraftError("bad-input", `${path}: ${what}`);
  };
  if (sizeOf(model.inputShape) !== inputs)
    refuse(`takes inputs ${formatShape(model.inputShape)}, the features have ${inputs} values per image`);
  checkOutputs(model, classes, path);
  return model;
}

/** Throws `bad-input` unless the model's output fits this number of classes. */
export function checkOutputs(model: Model, classes: number, path: string): void {
  const { outputShape } = model;
  const fits = outputShape.length === 1 && [outputsFor(classes), classes].includes(outputShape[0]);
  if (fits) return;
  throw new WgraftError(
    "bad-input",
    `${path}: outputs ${formatShape(outputShape)}, which does not match ${classes} classes`,
  );
}

/** The head's configuration, for a checkpoint. */
export function architectureOf(model: Model): unknown {
  const { className, config } = modelConfig(model);
  return { class_name: className, config };
}

/** The head that a checkpoint describes (in `modelConfig`'s notation, which is Keras 2.15's), with new weights. `file` is what errors call its origin. */
export function rebuildHead(architecture: unknown, file: string, seed: number, device: Device): Model {
  return buildModel(parseModelConfig(architecture, file), { file, kerasVersion: notation }, { device, seed });
}

/** Compiles a head for training. */
export function compileHead(model: Model, optimizer: OptimizerName, learningRate: number): void {
  model.compile({
    optimizer: optimizerOf(optimizer, learningRate),
    loss: lossFor(model.outputShape[0]),
    // A head that ends in no probabilities is given a loss that makes them.
    fromLogits: meaningOfOutput(model) !== "probabilities",
    metrics: ["acc"],
  });
}
