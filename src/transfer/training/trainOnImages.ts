/** Trains a model end to end on images. */
import { prepareHdf5 } from "../../io/hdf5/thread.js";
import type { Device } from "../../kernels/gpu/device.js";
import type { Model } from "../../models/model.js";
import { checkOptions } from "../../options/checkOptions.js";
import { callback, listOf, text } from "../../options/checks.js";
import { optional, optionsOf, type Arguments } from "../../options/fields.js";
import { version } from "../../version.js";
import { augmentationFields, type Augmentation } from "../data/augmentation.js";
import { classWeightByIndex, resolveClassWeight } from "../data/classWeight.js";
import { openFeatureCache } from "../data/cache.js";
import {
  dataFields,
  identityOf,
  openImageData,
  splitNamed,
  type ImageData,
  type ImageSplit,
} from "../data/imageData.js";
import { defaults } from "../defaults.js";
import { compileHead, rebuildHead } from "../model/head.js";
import { graft, reopen, type ImageModel } from "../model/imageModel.js";
import { setTrainable } from "../model/trainable.js";
import { baseFields, cacheFields, imageFields, openDevice, skipFields } from "../options.js";
import { imageOptionsOf } from "../provenance.js";
import { readCheckpoint, restore, type Checkpoint } from "../run/checkpoint.js";
import { readRunConfig, type ImageSettings, type RunConfig, type RunSettings } from "../run/config.js";
import { checkpointPath, modelPathOf } from "../run/files.js";
import { recordedImages } from "../run/images.js";
import { kernelsToUse, withKernels, type RunKernels } from "../run/kernels.js";
import { checkRun, claimRun } from "../run/runFolder.js";
import { augmentedSource } from "./augmentedSource.js";
import { fitAndSave, type Finish } from "./fitAndSave.js";
import { frozenTraining } from "./frozenFeatures.js";
import { checkResumption, imagesOf, imagesOfRun, type ImageTrainingOptions } from "./imageSettings.js";
import { refuseResumption, refuseWithInit, trainingFields, type TrainingResult } from "./options.js";
import { withPreset } from "./preset.js";
import { checkValidation, endOf, headSettingsOf, settingsOf } from "./settings.js";

const table = optionsOf<ImageTrainingOptions>("trainOnImages").fields({
  ...dataFields,
  ...baseFields,
  trainable: optional(listOf(text, 'a list of layers and blocks, ["none"] or ["all"]')),
  ...imageFields,
  ...cacheFields,
  ...skipFields,
  ...augmentationFields,
  ...trainingFields,
  onPrepare: optional(callback),
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
  const options = checked(given);
  await checkRun(options);
  const { run, release } = await claimRun(options.out, await applicationOf(options));
  try {
    const { result, data } = await trainInto(run, options, fitAndSave);
    return { ...result, omitted: data.omitted, turned: data.turned, skipped: data.skipped };
  } catch (error) {
    await release();
    throw error;
  }
}

/** The same up to the first step, for a search that writes no run. */
export async function searchOnImages<R>(given: ImageTrainingOptions, search: Finish<R>): Promise<R> {
  const options = checked(given);
  refuseResumption(options);
  return (await trainInto("", options, search)).result;
}

function checked(given: ImageTrainingOptions): Arguments<typeof table> {
  const options = withPreset(checkOptions(table, given), true);
  refuseWithInit(options, ["units", "dropout"], "is for a new head; the one of `init` has its own");
  const ofBase = ["app", "weights", "weightsSha256", "layer", "pooling", "alpha"] as const;
  refuseWithInit(options, ofBase, "is for a new model; the one of `init` has its own base");
  return options;
}

/** What the run's folder is named after, where none is given. */
async function applicationOf({ init, app = defaults.app }: Arguments<typeof table>): Promise<string> {
  if (init === undefined) return app;
  return (await readRunConfig(await modelPathOf(init)))?.base.application ?? "model";
}

async function trainInto<R>(
  run: string,
  options: Arguments<typeof table>,
  finish: Finish<R>,
): Promise<{ result: R; data: ImageData }> {
  const checkpoint = options.resume ? await readCheckpoint(checkpointPath(run)) : undefined;
  const earlierKernels = await kernelsToUse(options.kernelsFrom, checkpoint);
  const asked = checkpoint ? imagesOfRun(checkpoint.state, run) : imagesOf(options);
  const onCheck = (done: number, total: number): void => void options.onPrepare?.(done, total, "check");
  const exif = checkpoint?.state.base.exif ?? options.exif;
  const chosen = {
    data: options.data,
    limit: asked.limit ?? undefined,
    validationSplit: checkpoint ? asked.validationSplit : options.validationSplit,
  };
  const data = await openImageData(chosen, { ...options, skipBad: asked.skipBad, exif, onCheck });
  const images = { ...asked, validationSplit: data.isHeldOut ? asked.validationSplit : 0 };
  const train = splitNamed(options.data, data, "train");
  const validation = data.splits.find(({ name }) => name === "validation");
  const identity = identityOf(train.files);
  const labels = train.files.map(({ label }) => label);
  const classWeight = resolveClassWeight(options.classWeight, data.classNames, labels);
  if (checkpoint) {
    checkResumption(checkpoint.state, run, options, identity, classWeight);
    checkValidation(checkpoint.state, validation !== undefined, run);
  }
  const settings = checkpoint?.state.settings ?? settingsOf(options, identity, classWeight, images);

  prepareHdf5();
  const device = await openDevice(options, settings.precision);
  const prepared = {
    ...{ data, train, validation, settings, images, device },
    ...(checkpoint && { checkpoint }),
  };
  const result = await withKernels(device, earlierKernels, (kernels) =>
    trainPrepared(run, options, prepared, kernels, finish),
  );
  return { result, data };
}

interface Prepared {
  readonly data: ImageData;
  readonly train: ImageSplit;
  readonly validation: ImageSplit | undefined;
  readonly settings: RunSettings;
  readonly images: ImageSettings;
  readonly device: Device;
  readonly checkpoint?: Checkpoint;
}

async function trainPrepared<R>(
  run: string,
  options: Arguments<typeof table>,
  { data, train, validation, settings, images, device, checkpoint }: Prepared,
  kernels: RunKernels,
  finish: Finish<R>,
): Promise<R> {
  const { model, base } = await openModel(run, options, settings, checkpoint, data, device);
  setTrainable(model, images.trainable);
  compileHead(model, settings.optimizer, settings.learningRate);
  if (checkpoint) restore(model, checkpoint, checkpointPath(run));
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
  for (const line of describeStart(train, validation, model, config, images)) options.onNote?.(line);
  const sourceOf = (split: ImageSplit, augment: Augmentation) =>
    augmentedSource(split, augment, base, settings, images, options);
  const isAugmented = Object.keys(images.augment).length > 0;
  const store = isAugmented ? undefined : openFeatureCache(options);
  const frozen = isAugmented
    ? undefined
    : await frozenTraining(model, train, validation, {
        ...{ batchSize: settings.batchSize, signal: options.signal, store },
        reading: { ...imageOptionsOf(base), skipBad: images.skipBad },
        classNames: base.classNames,
        ...{ onSkip: options.onSkip, onProgress: options.onPrepare },
      });
  await store?.trim();
  const training = {
    model,
    ...(frozen ?? {
      source: await sourceOf(train, images.augment),
      validation: validation && (await sourceOf(validation, {})),
      validationFiles: validation?.files,
    }),
    classWeight: classWeightByIndex(settings.classWeight, data.classNames),
    title: `${base.application} on images, end to end`,
    images: recordedImages(options.data, data.splits),
    kernels,
  };
  return finish({ ...options, out: run }, training, config, checkpoint, device);
}

async function openModel(
  run: string,
  options: ImageTrainingOptions,
  settings: RunSettings,
  checkpoint: Checkpoint | undefined,
  data: ImageData,
  device: Device,
): Promise<ImageModel> {
  const { init, seed } = settings;
  if (checkpoint) {
    const { architecture, base } = checkpoint.state;
    return { model: rebuildHead(architecture, checkpointPath(run), seed, device), base };
  }
  if (init !== null) return reopen(init, options, seed, data, device);
  return graft(options, headSettingsOf(settings), data.classNames, device);
}

function describeStart(
  train: ImageSplit,
  validation: ImageSplit | undefined,
  model: Model,
  { settings, finishedEpochs, epochs, adapter }: RunConfig,
  { augment }: ImageSettings,
): string[] {
  const [height, width] = model.inputShape;
  const validated = validation ? `, ${validation.files.length} to validate on` : "";
  const augmented = Object.keys(augment).length > 0 ? ", augmented" : "";
  const resumed = finishedEpochs > 0 ? `, resuming after epoch ${finishedEpochs}` : "";
  return [
    `${train.files.length} images at ${height}×${width}${augmented}${validated}; ${epochs} epochs of batches of ` +
      `${settings.batchSize} on ${adapter}, seed ${settings.seed}${resumed}`,
    `training changes ${model.trainableWeights.length} of ${model.weights.length} weights`,
  ];
}
