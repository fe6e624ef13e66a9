/** `wgraft train`: a head on extracted features, or a model end to end on pictures. */
import { WgraftError } from "../errors.js";
import type { Interpolation } from "../io/images/resize.js";
import type { Preprocess } from "../models/training/batches.js";
import { augmentationOptions, type AugmentationOptions } from "./augmentation.js";
import type { ClassWeightOption } from "./classWeight.js";
import { flagOf, type BaseOptions } from "./options.js";
import type { CommandContext, GlobalOptions } from "./run.js";
import { checkRunFolder, type RunSettings } from "./runFolder.js";

export interface TrainOptions extends GlobalOptions, BaseOptions, AugmentationOptions {
  features?: string;
  data?: string;
  out: string;
  optimizer: RunSettings["optimizer"];
  learningRate: number;
  epochs: number;
  batchSize: number;
  units: number;
  dropout: number;
  shuffle: boolean;
  stepsPerEpoch?: number;
  validationSteps?: number;
  classWeight?: ClassWeightOption;
  earlyStop?: number;
  checkpointBest?: boolean;
  init?: string;
  resume?: boolean;
  trainable?: readonly string[];
  preprocess: Preprocess;
  interpolation: Interpolation;
  limit?: number;
  skipBad?: boolean;
}

/** Whether an option was typed, as opposed to left at its default. */
export type IsGiven = (option: keyof TrainOptions) => boolean;

/** What says how pictures are put before the model, which features have behind them. */
const pictureOptions = [
  "app",
  "weights",
  "offline",
  "size",
  "layer",
  "pooling",
  "alpha",
  "trainable",
  "preprocess",
  "interpolation",
  "limit",
  "skipBad",
  ...augmentationOptions,
] as const satisfies readonly (keyof TrainOptions)[];

export async function train(context: CommandContext, options: TrainOptions, isGiven: IsGiven): Promise<void> {
  const { features, data } = options;
  if (features !== undefined && data !== undefined)
    throw new WgraftError("usage", "train takes either --features or --data, not both");
  const misplaced = features === undefined ? undefined : pictureOptions.find(isGiven);
  if (misplaced !== undefined)
    throw new WgraftError("usage", `${flagOf(misplaced)} is for training on pictures (--data)`);
  refuseForInit(options, isGiven, ["units", "dropout"], "is for a new head; the one of --init has its own");
  if (features !== undefined) {
    await checkRunFolder(options.out);
    return (await import("./trainFeatures.js")).trainOnFeatures(context, { ...options, features }, isGiven);
  }
  if (data !== undefined) {
    const ofBase = ["app", "weights", "layer", "pooling", "alpha"] as const;
    refuseForInit(options, isGiven, ofBase, "is for a new model; the one of --init has its own base");
    await checkRunFolder(options.out);
    return (await import("./trainPictures.js")).trainOnPictures(context, { ...options, data }, isGiven);
  }
  throw new WgraftError(
    "usage",
    "train needs --features FILE, what wgraft extract wrote, or --data DIR, a folder of pictures",
  );
}

function refuseForInit(
  { init }: TrainOptions,
  isGiven: IsGiven,
  names: readonly (keyof TrainOptions)[],
  why: string,
): void {
  const given = init === undefined ? undefined : names.find(isGiven);
  if (given !== undefined) throw new WgraftError("usage", `${flagOf(given)} ${why}`);
}
