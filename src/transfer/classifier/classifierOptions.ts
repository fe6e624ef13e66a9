/** Options of a classifier and of what it does. */
import type { SkippedImage } from "../../io/dataset/loader.js";
import type { Omitted } from "../../io/dataset/omitted.js";
import { abortSignal, callback, listOf, positiveInteger, text } from "../../options/checks.js";
import { optional, optionsOf } from "../../options/fields.js";
import { imageInputFields, type ImageInputOptions } from "./imageInputs.js";

export interface ClassifierOptions extends ImageInputOptions {
  /** Names of the classes of a model that does not record them, in the order of its outputs. Default: "class 0", … */
  classNames?: readonly string[];
  /** Of an application: a class index file of ImageNet. Default: Keras's, from its cache or downloaded into it. */
  classIndex?: string;
}

export interface PredictImageOptions {
  /** How many classes to return, the most probable ones. Default: all. */
  top?: number;
  signal?: AbortSignal;
}

export interface PredictFilesOptions extends ValuesOptions {
  /** How many of the most probable classes each image gets in `top`. Default 1. */
  top?: number;
}

export interface ValuesOptions {
  signal?: AbortSignal;
  /** Called once for each image that is skipped, where the classifier was opened with `skipBad`. */
  onSkip?: (skipped: SkippedImage) => void;
  /** Called first, with the number of images, those in folders included, and what else is in the folders. */
  onFiles?: (count: number, omitted: Omitted) => void;
}

export const openTable = optionsOf<ClassifierOptions>("Classifier.open").fields({
  classNames: optional(listOf(text)),
  classIndex: optional(text),
  ...imageInputFields,
});
export const predictTable = optionsOf<PredictImageOptions>("predict").fields({
  top: optional(positiveInteger, Number.MAX_SAFE_INTEGER),
  signal: optional(abortSignal),
});
const filesFields = {
  signal: optional(abortSignal),
  onSkip: optional(callback),
  onFiles: optional(callback),
};
export const predictFilesTable = optionsOf<PredictFilesOptions>("predictFiles").fields({
  ...filesFields,
  top: optional(positiveInteger, 1),
});
export const valuesTable = optionsOf<ValuesOptions>("values").fields(filesFields);
