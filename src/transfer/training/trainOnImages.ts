/** Trains a model end to end on images. */
import { WgraftError } from "../../errors.js";
import { prepareHdf5 } from "../../io/hdf5/thread.js";
import type { Device } from "../../kernels/gpu/device.js";
import { ImageDataGenerator } from "../../models/data/imageDataGenerator.js";
import type { Model } from "../../models/model.js";
import type { BatchSource } from "../../models/training/batches.js";
import { checkOptions } from "../../options/checkOptions.js";
import { listOf, positiveInteger, text } from "../../options/checks.js";
import { optional, optionsOf, required } from "../../options/fields.js";
import { version } from "../../version.js";
import {
  augmentationFields,
  augmentationOf,
  augmentationOptions,
  type Augmentation,
  type AugmentationOptions,
} from "../data/augmentation.js";
import { classWeightByIndex, resolveClassWeight, type NamedClassWeight } from "../data/classWeight.js";
import { listImageData, skipper, type ImageData, type ImageSplit } from "../data/imageData.js";
import { defaults } from "../defaults.js";
import { placeOfWeights } from "../model/base.js";
import { compileHead, rebuildHead } from "../model/head.js";
import { graft, reopen, type ImageModel } from "../model/imageModel.js";
import { setTrainable } from "../model/trainable.js";
import {
  baseFields,
  imageFields,
  openDevice,
  skipFields,
  type BaseOptions,
  type ImageOptions,
  type SkipOptions,
} from "../options.js";
import { imageOptionsOf, type FeaturesMeta } from "../provenance.js";
import { readCheckpoint, restore, type Checkpoint, type CheckpointState } from "../run/checkpoint.js";
import type { ImageSettings, RunConfig, RunSettings } from "../run/config.js";
import { checkpointPath, checkRunFolder } from "../run/files.js";
import { fitAndSave } from "./fitAndSave.js";
import {
  askedPrecision,
  refuseWithInit,
  trainingFields,
  type TrainingOptions,
  type TrainingResult,
} from "./options.js";
import { checkAgreement, checkValidation, endOf, headSettingsOf, settingsOf } from "./settings.js";

export interface ImageTrainingOptions
  extends TrainingOptions, BaseOptions, ImageOptions, AugmentationOptions, SkipOptions {
  /** Folder with train and validation; in each a folder per class. */
  data: string;
  /** Layers and blocks of the base that train, or "none" or "all". Default none: the head alone. */
  trainable?: readonly string[];
  /** At most this many images of each class, the first ones. Default: all. */
  limit?: number;
}

const table = optionsOf<ImageTrainingOptions>("trainOnImages").fields({
  data: required(text),
  ...baseFields,
  trainable: optional(listOf(text, 'a list of layers and blocks, ["none"] or ["all"]')),
  ...imageFields,
  limit: optional(positiveInteger),
  ...skipFields,
  ...augmentationFields,
  ...trainingFields,
});

/**
 * Trains a model end to end on a folder of images: a pretrained base with a new head on top, or a saved model (`init`).
 * Writes the run folder: model, history, curves, report, config and checkpoint.
 *
 * @throws WgraftError `usage` for options that make no sense, `bad-input` for a folder or an image that is not what it
 *   should be, `io` where the run folder cannot be written. `InterruptedError` when `signal` fires after an epoch: the folder
 *   then contains the model of the last finished one, and `result` is what it came to; before the first epoch, `aborted`.
 * @example
 * await trainOnImages({ data: "cats_and_dogs", out: "runs/frozen", app: "vgg16", augment: true });
 * // Fine-tuning: the last block of the base as well, at a lower rate.
 * await trainOnImages({
 *   data: "cats_and_dogs",
 *   out: "runs/fine-tuned",
 *   init: "runs/frozen/model.h5",
 *   trainable: ["block5"],
 *   learningRate: 1e-5,
 * });
 */
export async function trainOnImages(given: ImageTrainingOptions): Promise<TrainingResult> {
  const options = checkOptions(table, given);
  const { out: run } = options;
  refuseWithInit(options, ["units", "dropout"], "is for a new head; the one of `init` has its own");
  const ofBase = ["app", "weights", "layer", "pooling", "alpha"] as const;
  refuseWithInit(options, ofBase, "is for a new model; the one of `init` has its own base");
  await checkRunFolder(run);
  const path = checkpointPath(run);
  const checkpoint = options.resume ? await readCheckpoint(path) : undefined;
  const images = checkpoint ? imagesOfRun(checkpoint.state, run) : imagesOf(options);
  const data = await listImageData(options.data, images.limit ?? undefined);
  const labels = data.train.files.map(({ label }) => label);
  const classWeight = resolveClassWeight(options.classWeight, data.classNames, labels);
  if (checkpoint) {
    checkResumption(checkpoint.state, options, data.identity, classWeight);
    checkValidation(checkpoint.state, data.validation !== undefined, run);
  }
  const settings = checkpoint?.state.settings ?? settingsOf(options, data.identity, classWeight, images);

  prepareHdf5();
  const device = await openDevice(options, settings.precision);
  const { model, base } = await openModel(options, settings, checkpoint, data, device);
  setTrainable(model, images.trainable);
  compileHead(model, settings.optimizer, settings.learningRate);
  if (checkpoint) restore(model, checkpoint, path);
  const config: RunConfig = {
    wgraft: version(),
    data: options.data,
    ...endOf(options, checkpoint?.state),
    finishedEpochs: checkpoint?.state.epochs ?? 0,
    settings,
    base,
    adapter: device.name,
    toggles: [...device.toggles],
  };
  for (const line of describeStart(data, model, config, images)) options.onNote?.(line);
  const sourceOf = (split: ImageSplit, augment: Augmentation) =>
    imageSource(split, augment, base, settings, images, options);
  const training = {
    model,
    source: await sourceOf(data.train, images.augment),
    validation: data.validation && (await sourceOf(data.validation, {})),
    classWeight: classWeightByIndex(settings.classWeight, data.classNames),
    title: `${base.application} on pictures, end to end`,
  };
  return fitAndSave(options, training, config, checkpoint, device);
}

function imagesOf(options: ImageTrainingOptions): ImageSettings {
  return {
    trainable: [...(options.trainable ?? defaults.trainable)],
    augment: augmentationOf(options),
    limit: options.limit ?? null,
    skipBad: options.skipBad ?? false,
  };
}

function imagesOfRun({ settings }: CheckpointState, run: string): ImageSettings {
  if (settings.pictures) return settings.pictures;
  throw new WgraftError("usage", `the run in ${run} was begun on features; \`resume\` needs \`features\``, {
    option: "resume",
  });
}

async function openModel(
  options: ImageTrainingOptions,
  settings: RunSettings,
  checkpoint: Checkpoint | undefined,
  { classNames }: ImageData,
  device: Device,
): Promise<ImageModel> {
  const { init, seed } = settings;
  if (checkpoint) {
    const { architecture, base } = checkpoint.state;
    return { model: rebuildHead(architecture, checkpointPath(options.out), seed, device), base };
  }
  if (init !== null) return reopen(init, options, seed, classNames, device);
  return graft(options, headSettingsOf(settings), classNames, device);
}

/** Decoded once as far as memory goes, and augmented on the GPU. */
function imageSource(
  split: ImageSplit,
  augment: Augmentation,
  base: FeaturesMeta,
  { seed, shuffle }: RunSettings,
  { limit, skipBad }: ImageSettings,
  { onSkip }: SkipOptions,
): Promise<BatchSource> {
  const { classNames } = base;
  const { height, width, preprocess, ...reading } = imageOptionsOf(base);
  const generator = new ImageDataGenerator({ ...augment, preprocessingFunction: preprocess });
  return generator.flowFromDirectory(split.path, {
    targetSize: [height, width],
    ...reading,
    classes: classNames,
    // Class indices, which both losses take.
    classMode: "sparse",
    limit: limit ?? undefined,
    skipBad,
    onSkip: skipper(split, classNames, onSkip),
    seed,
    shuffle,
  });
}

/** Throws `usage` unless what is given again agrees with the resumed run. */
function checkResumption(
  { settings, base }: CheckpointState,
  options: ImageTrainingOptions,
  data: string,
  classWeight: NamedClassWeight | null,
): void {
  const { pictures, ...common } = settings;
  const { application: app, layer, pooling, alpha, preprocess, interpolation, weights } = base;
  const [size] = base.inputShape;
  const ofBase = { app, layer, pooling, alpha, preprocess, interpolation, weights, size };
  const isAugmented = augmentationOptions.some((name) => options[name] !== undefined);
  const now = {
    ...options,
    data,
    classWeight: classWeight ?? undefined,
    precision: askedPrecision(options),
    weights: options.weights === undefined ? undefined : placeOfWeights(options.weights),
    augment: isAugmented ? augmentationOf(options) : undefined,
  };
  checkAgreement({ ...common, ...pictures, ...ofBase }, now, { run: options.out, whose: "pictures" });
}

function describeStart(
  data: ImageData,
  model: Model,
  { settings, finishedEpochs, epochs, adapter }: RunConfig,
  { augment }: ImageSettings,
): string[] {
  const [height, width] = model.inputShape;
  const validation = data.validation ? `, ${data.validation.files.length} to validate on` : "";
  const augmented = Object.keys(augment).length > 0 ? ", augmented" : "";
  const resumed = finishedEpochs > 0 ? `, going on after epoch ${finishedEpochs}` : "";
  return [
    `${data.train.files.length} pictures at ${height}×${width}${augmented}${validation}; ${epochs} epochs of batches of ` +
      `${settings.batchSize} on ${adapter}, seed ${settings.seed}${resumed}`,
    `training changes ${model.trainableWeights.length} of ${model.weights.length} weights`,
  ];
}
