/** `wgraft train --data`: trains a model end to end on pictures. */
import { WgraftError } from "../errors.js";
import type { FeaturesMeta } from "../io/features.js";
import { ImageDataGenerator } from "../models/data/imageDataGenerator.js";
import type { Model } from "../models/model.js";
import type { BatchSource } from "../models/training/batches.js";
import { version } from "../version.js";
import { augmentationOf, augmentationOptions, type Augmentation } from "./augmentation.js";
import { picturesOf, whereWeightsLie } from "./base.js";
import { readCheckpoint, restore, type CheckpointState } from "./checkpoint.js";
import { classWeightByIndex, resolveClassWeight } from "./classWeight.js";
import { fitAndSave } from "./fitAndSave.js";
import { compileHead } from "./head.js";
import { listPictures, skipper, type PictureData, type PictureSplit } from "./pictureData.js";
import { graft, rebuild, reopen } from "./pictureModel.js";
import type { CommandContext } from "./run.js";
import { checkpointPath, type RunConfig, type RunSettings } from "./runFolder.js";
import { checkAgreement, checkValidation, endOf, settingsOf } from "./runSettings.js";
import type { IsGiven, TrainOptions } from "./train.js";
import { setTrainable } from "./trainable.js";

type PictureSettings = NonNullable<RunSettings["pictures"]>;

export async function trainOnPictures(
  context: CommandContext,
  options: TrainOptions & { data: string },
  isGiven: IsGiven,
): Promise<void> {
  const path = checkpointPath(options.out);
  const checkpoint = options.resume ? await readCheckpoint(path) : undefined;
  const pictures = checkpoint
    ? picturesOfRun(checkpoint.state, options)
    : {
        trainable: [...(options.trainable ?? ["none"])],
        augment: augmentationOf(options),
        limit: options.limit ?? null,
        skipBad: options.skipBad ?? false,
      };
  const data = await listPictures(options.data, pictures.limit ?? undefined);
  const labels = data.train.files.map(({ label }) => label);
  const classWeight = resolveClassWeight(options.classWeight, data.classNames, labels);
  const typed = { ...options, data: data.identity, classWeight };
  if (checkpoint) {
    checkResumption(checkpoint.state, typed, isGiven);
    checkValidation(checkpoint.state, data.validation !== undefined, options.out);
  }
  const settings = checkpoint?.state.settings ?? settingsOf(options, data.identity, classWeight, pictures);

  const device = await context.device(settings.precision);
  const { seed, init } = settings;
  const { model, base } = checkpoint
    ? await rebuild(checkpoint, settings, options.out, context)
    : init === null
      ? await graft(options, seed, data.classNames, context)
      : await reopen(init, options, isGiven, seed, data.classNames, context);
  setTrainable(model, pictures.trainable);
  compileHead(model, settings.optimizer, settings.learningRate);
  if (checkpoint) restore(model, checkpoint, path);
  const config: RunConfig = {
    wgraft: version(),
    data: options.data,
    ...endOf(options, isGiven, checkpoint?.state),
    finishedEpochs: checkpoint?.state.epochs ?? 0,
    settings,
    base,
    adapter: device.name,
    toggles: [...device.toggles],
  };
  describeStart(context, data, model, config, pictures);
  const sourceOf = (split: PictureSplit, augment: Augmentation) =>
    pictureSource(split, augment, base, settings, pictures, context);
  const training = {
    model,
    source: await sourceOf(data.train, pictures.augment),
    validation: data.validation && (await sourceOf(data.validation, {})),
    classWeight: classWeightByIndex(settings.classWeight, data.classNames),
    title: `${base.application} on pictures, end to end`,
  };
  await fitAndSave(context, options.out, training, config, checkpoint);
}

/** Decoded once as far as memory goes, and augmented on the GPU. */
function pictureSource(
  split: PictureSplit,
  augment: Augmentation,
  base: FeaturesMeta,
  { seed, shuffle }: RunSettings,
  { limit, skipBad }: PictureSettings,
  { out }: CommandContext,
): Promise<BatchSource> {
  const { classNames } = base;
  const { height, width, preprocess, interpolation } = picturesOf(base);
  const generator = new ImageDataGenerator({ ...augment, preprocessingFunction: preprocess });
  return generator.flowFromDirectory(split.path, {
    targetSize: [height, width],
    interpolation,
    classes: classNames,
    // Class indices, which both losses take.
    classMode: "sparse",
    limit: limit ?? undefined,
    skipBad,
    onSkip: skipper(split, classNames, out),
    seed,
    shuffle,
  });
}

function picturesOfRun({ settings }: CheckpointState, { out }: TrainOptions): PictureSettings {
  if (settings.pictures) return settings.pictures;
  throw new WgraftError("usage", `the run in ${out} was begun on features; --resume needs --features`);
}

/** Throws `usage` unless what is typed again agrees with the run that is gone on with. */
function checkResumption(
  { settings, base }: CheckpointState,
  typed: Omit<TrainOptions, "classWeight" | "data"> & Pick<RunSettings, "classWeight" | "data">,
  isGiven: IsGiven,
): void {
  const { pictures, ...common } = settings;
  const { application: app, layer, pooling, alpha, preprocess, interpolation, weights } = base;
  const [size] = base.inputShape;
  const then = {
    ...common,
    ...pictures,
    app,
    layer,
    pooling,
    alpha,
    preprocess,
    interpolation,
    weights,
    size,
  };
  const now = { ...typed, weights: whereWeightsLie(typed.weights), augment: augmentationOf(typed) };
  const isTyped = (name: string) =>
    name === "augment" ? augmentationOptions.some(isGiven) : isGiven(name as keyof TrainOptions);
  checkAgreement(then, now, isTyped, { run: typed.out, whose: "pictures" });
}

function describeStart(
  { out }: CommandContext,
  data: PictureData,
  model: Model,
  { settings, finishedEpochs, epochs, adapter }: RunConfig,
  { augment }: PictureSettings,
): void {
  const [height, width] = model.inputShape;
  const validation = data.validation ? `, ${data.validation.files.length} to validate on` : "";
  const augmented = Object.keys(augment).length > 0 ? ", augmented" : "";
  const resumed = finishedEpochs > 0 ? `, going on after epoch ${finishedEpochs}` : "";
  out.note(
    `${data.train.files.length} pictures at ${height}×${width}${augmented}${validation}; ${epochs} epochs of batches of ` +
      `${settings.batchSize} on ${adapter}, seed ${settings.seed}${resumed}`,
  );
  out.note(`training changes ${model.trainableWeights.length} of ${model.weights.length} weights`);
}
