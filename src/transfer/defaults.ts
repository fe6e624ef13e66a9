/**
 * The options of src/transfer that have a default, and those that have a list of choices. Imports types and tables alone:
 * help texts show these values, and must not wait for the library.
 */
import type { SplitName } from "../io/dataset/splits.js";
import { interpolations, type Interpolation } from "../io/images/resize.js";
import { fillModes } from "../kernels/image/fillModes.js";
import { preprocessModes } from "../kernels/image/preprocessModes.js";
import { applicationInputs, applicationNames, optimizerNames } from "../models/catalog.js";
import type { ApplicationName } from "../models/applications/index.js";
import type { OptimizerName } from "../models/optimizers/index.js";
import type { Preprocess } from "../models/training/batches.js";
import { namesOf } from "../names.js";
import type { FloatType } from "../tensor.js";

export const choices = {
  app: applicationNames,
  pooling: ["avg", "max"] as const,
  preprocess: namesOf(preprocessModes),
  interpolation: namesOf(interpolations),
  optimizer: optimizerNames,
  fillMode: fillModes,
  preset: ["quick"] as const satisfies readonly PresetName[],
  split: ["train", "validation", "test"] as const satisfies readonly SplitName[],
};

/** Whether a name is that of an application, and not a path. */
export function isApplication(name: string): boolean {
  return (choices.app as readonly string[]).includes(name);
}

/** Mean or maximum over height and width of a base's output: see `ArchitectureOptions`. */
export type Pooling = (typeof choices.pooling)[number];

/** What an option is where it is not given; the tutorial's values. */
export const defaults = {
  app: "vgg16" as ApplicationName,
  weights: "imagenet",
  interpolation: "nearest" as Interpolation,
  batchSize: 20,
  precision: "float32" as FloatType,
  trainable: ["none"] as readonly string[],
  optimizer: "rmsprop" as OptimizerName,
  learningRate: 2e-5,
  epochs: 30,
  /** Of the hidden layer of a head. */
  units: 256,
  dropout: 0.5,
  shuffle: true,
  /** Classes that a head is planned for where no data say how many there are. */
  classes: 2,
  /** Share of each class that is for validation where no folder is. */
  validationSplit: 0.2,
  cache: true,
  /** The worst mistakes that an evaluation lists. */
  mistakes: 10,
  /** Cosine of the features of near duplicates. */
  similarity: 0.85,
  /** Parts of a cross-validation. */
  folds: 5,
  /** Folder of explained images. */
  explanations: "explained",
};

/** What images of an application are, where nothing is given. */
export interface ImageDefaults {
  /** Side, in pixels. */
  readonly size: number;
  readonly preprocess: Preprocess;
}

/** Where the tutorial departs from what the published weights were trained on. */
const tutorial: Partial<Record<ApplicationName, Partial<ImageDefaults>>> = {
  vgg16: { size: 150, preprocess: "rescale" },
  vgg19: { preprocess: "rescale" },
};

/** The application's own, but for the tutorial's. */
export function imageDefaultsOf(app: ApplicationName): ImageDefaults {
  return { ...applicationInputs[app], ...tutorial[app] };
}

/** "150 for vgg16; 299 for inceptionv3, xception; 224 for all others": for help texts. */
export function describeImageDefaults(option: keyof ImageDefaults): string {
  const apps = new Map<string, string[]>();
  for (const app of applicationNames) {
    const value = String(imageDefaultsOf(app)[option]);
    apps.set(value, [...(apps.get(value) ?? []), app]);
  }
  const groups = [...apps];
  const [common] = groups.reduce((most, group) => (group[1].length > most[1].length ? group : most));
  const listed = groups.filter(([value]) => value !== common);
  return [
    ...listed.map(([value, names]) => `${value} for ${names.join(", ")}`),
    `${common} for all others`,
  ].join("; ");
}

/** Epochs without improvement that `earlyStop` is commonly given. */
export const usualPatience = 5;

/** Sets of values that an option `preset` chooses, where they are not given. */
export const presets = {
  /** For a few dozen to a few thousand photos, where the tutorial's values learn too slowly. */
  quick: {
    app: "mobilenetv3large",
    size: applicationInputs.mobilenetv3large.size,
    pooling: "avg",
    optimizer: "adam",
    learningRate: 1e-3,
    earlyStop: usualPatience,
    classWeight: "balanced",
  },
} as const;
export type PresetName = keyof typeof presets;

/** What `augment` switches on; the tutorial's values. */
export const augmentPreset = {
  rotationRange: 40,
  widthShiftRange: 0.2,
  heightShiftRange: 0.2,
  shearRange: 0.2,
  zoomRange: 0.2,
  horizontalFlip: true,
  fillMode: "nearest",
} as const;
