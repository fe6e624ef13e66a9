/** What a training on images is asked of them, and whether a resumption agrees with the run that it continues. */
import { WgraftError } from "../../errors.js";
import { augmentationOf, augmentationOptions, type AugmentationOptions } from "../data/augmentation.js";
import type { NamedClassWeight } from "../data/classWeight.js";
import type { DataOptions } from "../data/imageData.js";
import { defaults } from "../defaults.js";
import { placeOfWeights } from "../model/base.js";
import type { BaseOptions, CacheOptions, ImageOptions, SkipOptions } from "../options.js";
import type { CheckpointState } from "../run/checkpoint.js";
import type { ImageSettings } from "../run/config.js";
import { askedPrecision, type TrainingOptions } from "./options.js";
import { checkAgreement } from "./settings.js";

export interface ImageTrainingOptions
  extends
    TrainingOptions,
    BaseOptions,
    ImageOptions,
    AugmentationOptions,
    SkipOptions,
    DataOptions,
    CacheOptions {
  /** Layers and blocks of the base that train, or "none" or "all". Default none: the head alone. */
  trainable?: readonly string[];
  /**
   * Images that are done before the first epoch: "check" while files are looked at, "train" and "validation" while the frozen
   * base runs over them.
   */
  onPrepare?: (done: number, total: number, what: string) => void;
}

/** What was asked of the images of a new run. */
export function imagesOf(options: ImageTrainingOptions): ImageSettings {
  return {
    trainable: [...(options.trainable ?? defaults.trainable)],
    augment: augmentationOf(options),
    limit: options.limit ?? null,
    skipBad: options.skipBad ?? false,
    validationSplit: options.validationSplit ?? defaults.validationSplit,
  };
}

/** Those of the run that is resumed. @throws WgraftError `usage` where it was started on features */
export function imagesOfRun({ settings }: CheckpointState, run: string): ImageSettings {
  if (settings.pictures) return settings.pictures;
  throw new WgraftError("usage", `the run in ${run} was started on features; \`resume\` needs \`features\``, {
    option: "resume",
  });
}

/** Throws `usage` unless what is given again agrees with the resumed run. */
export function checkResumption(
  { settings, base }: CheckpointState,
  run: string,
  options: ImageTrainingOptions,
  data: string,
  classWeight: NamedClassWeight | null,
): void {
  const { pictures, ...common } = settings;
  const { application: app, layer, pooling, alpha, preprocess, interpolation, weights, exif = false } = base;
  const [size] = base.inputShape;
  const ofBase = { app, layer, pooling, alpha, preprocess, interpolation, weights, exif, size };
  const isAugmented = augmentationOptions.some((name) => options[name] !== undefined);
  const now = {
    ...options,
    data,
    classWeight: classWeight ?? undefined,
    precision: askedPrecision(options),
    weights: options.weights === undefined ? undefined : placeOfWeights(options.weights),
    augment: isAugmented ? augmentationOf(options) : undefined,
  };
  checkAgreement({ ...common, ...pictures, ...ofBase }, now, { run, whose: "images" });
}
