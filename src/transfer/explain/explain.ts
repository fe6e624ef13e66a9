/** Where a classifier looked, and what a layer of it sees, for one image. */
import { WgraftError } from "../../errors.js";
import { firstOf } from "../../io/dataset/omitted.js";
import type { DecodedImage } from "../../io/images/formats.js";
import { channelsOf, middleOf, prepareImage } from "../../io/images/prepare.js";
import type { Box } from "../../io/images/resize.js";
import { classify } from "../../models/data/score.js";
import { gradCam } from "../../models/explain/gradCam.js";
import { layerActivations } from "../../models/explain/layerActivations.js";
import type { Model } from "../../models/model.js";
import { resizingLayer } from "../../models/training/sourceSize.js";
import { abortSignal, either, integer, text } from "../../options/checks.js";
import { optional, optionsOf, type Arguments } from "../../options/fields.js";
import { nearChoices } from "../../options/suggest.js";
import { Tensor } from "../../tensor.js";
import type { ImageInputs } from "../classifier/imageInputs.js";
import type { Prediction } from "../classifier/prediction.js";
import { classesOf, type SavedModel } from "../classifier/savedModel.js";
import { heatOfImage } from "./heatmap.js";

export interface FeatureMapsOptions {
  /**
   * A layer that outputs (height, width, channels), in inner models too; "model/layer" where several have a name. Default:
   * the last one with more than one position.
   */
  layer?: string;
  signal?: AbortSignal;
}

export interface ExplainOptions extends FeatureMapsOptions {
  /** The class to explain, by its name or its index. Default: the predicted one. */
  class?: string | number;
}

/** What speaks for a class in an image: its label and probability, and where. */
export interface Explanation extends Prediction {
  /** The most probable class. */
  readonly predicted: Prediction;
  /** float32 (height, width) of the image, 0 to 1. */
  readonly heatmap: Tensor<"float32">;
  /** The image as it was decoded. */
  readonly image: DecodedImage;
  /** The layer whose maps were weighted. */
  readonly layer: string;
}

export interface FeatureMaps {
  /** float32 (height, width, channels) */
  readonly activations: Tensor<"float32">;
  readonly layer: string;
}

const layerFields = { layer: optional(text), signal: optional(abortSignal) };
export const explainTable = optionsOf<ExplainOptions>("explain").fields({
  class: optional(either(text, integer({ min: 0 }), "the name or the index of a class")),
  ...layerFields,
});
export const featureMapsTable = optionsOf<FeatureMapsOptions>("featureMaps").fields(layerFields);

/** A trained model with all that it takes to explain a prediction. */
export interface Explainable {
  readonly saved: Pick<SavedModel, "model" | "meaning">;
  readonly images: Pick<ImageInputs, "preparation" | "outputsOf" | "whole">;
  /** Index i is output i. */
  readonly classNames: readonly string[];
}

/**
 * @param shown the same image at the size that the heat map is to have. Default: as it is
 * @throws WgraftError `usage` for a class or a layer that there is not; `bad-input` where the outputs are values
 */
export async function explainPixels(
  { saved, images, classNames }: Explainable,
  image: DecodedImage,
  { layer, class: wanted, signal }: Partial<Arguments<typeof explainTable>>,
  shown = image,
): Promise<Explanation> {
  const index = wanted === undefined ? undefined : classOf(wanted, classNames);
  const x = prepared(images, image);
  const outputs = await images.outputsOf(x, signal);
  const [{ predicted, probabilities }] = classify(outputs, classesOf(saved.model), saved.meaning);
  const explained = index ?? predicted;
  const { model, preprocess } = images.whole();
  const options = { layer, classes: [explained], preprocess, batchSize: 1, signal };
  const { heatmaps, layer: path } = await gradCam(model, x, options);
  const [, rows, columns] = heatmaps.shape;
  const box = seenBox(images, model, image, shown);
  const prediction = (i: number) => ({ label: classNames[i], probability: probabilities[i] });
  return {
    ...prediction(explained),
    predicted: prediction(predicted),
    heatmap: heatOfImage(heatmaps.reshape([rows, columns]), shown, box),
    image: shown,
    layer: path,
  };
}

/**
 * The part of an image that the maps of a model are of: it may be cut before the model or by a first layer of it.
 * @param shown the image at the size that the part is wanted at
 */
function seenBox(
  { preparation }: Explainable["images"],
  model: Model,
  image: DecodedImage,
  shown: DecodedImage,
): Box {
  const { height = image.height, width = image.width, cropToAspectRatio } = preparation;
  const given: Box = cropToAspectRatio
    ? middleOf(shown, height, width)
    : { left: 0, top: 0, width: shown.width, height: shown.height };
  const resizing = resizingLayer(model, 0, false);
  if (!resizing) return given;
  const { size, start = [0, 0], padding = [0, 0] } = resizing.sourceBox([height, width]);
  const [down, right] = [given.height / height, given.width / width];
  return {
    top: given.top + (start[0] - padding[0]) * down,
    left: given.left + (start[1] - padding[1]) * right,
    height: (size[0] + 2 * padding[0]) * down,
    width: (size[1] + 2 * padding[1]) * right,
  };
}

/** @throws WgraftError `usage` for a layer that there is not */
export async function featureMapsOf(
  images: Explainable["images"],
  image: DecodedImage,
  { layer, signal }: Arguments<typeof featureMapsTable>,
): Promise<FeatureMaps> {
  const { model, preprocess } = images.whole();
  const options = { layer, preprocess, batchSize: 1, signal };
  const { activations, layer: path } = await layerActivations(model, prepared(images, image), options);
  return { activations: activations.reshape(activations.shape.slice(1)), layer: path };
}

/** An image as the model takes it: uint8 (1, height, width, channels). */
function prepared({ preparation }: Explainable["images"], image: DecodedImage): Tensor<"uint8"> {
  const { height = image.height, width = image.width, colorMode } = preparation;
  return new Tensor(prepareImage(image, preparation), [1, height, width, channelsOf(colorMode)], "uint8");
}

/** The index of a class. A number is its index, unless a class has it for its name. */
function classOf(wanted: string | number, names: readonly string[]): number {
  const named = names.indexOf(String(wanted));
  if (named >= 0) return named;
  const index = /^\d+$/.test(String(wanted)) ? Number(wanted) : -1;
  if (index >= 0 && index < names.length) return index;
  const near = nearChoices(String(wanted), names);
  const hint = near ? `did you mean ${near}?` : `there are: ${firstOf(names, 10)}`;
  throw new WgraftError("usage", `\`class\` ${wanted}: there is no such class; ${hint}`, {
    option: "class",
    got: wanted,
  });
}
