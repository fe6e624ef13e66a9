/** `wgraft train --features`: trains a head on what `extract` wrote. */
import { createHash } from "node:crypto";
import { WgraftError } from "../errors.js";
import { readFeatures, type Features, type FeaturesSplit } from "../io/features.js";
import type { Device } from "../kernels/gpu/device.js";
import type { Model } from "../models/model.js";
import { ArraySource } from "../models/training/batches.js";
import { sizeOf, type Tensor } from "../tensor.js";
import { version } from "../version.js";
import { readCheckpoint, restore, type Checkpoint } from "./checkpoint.js";
import { classWeightByIndex, resolveClassWeight } from "./classWeight.js";
import { fitAndSave } from "./fitAndSave.js";
import { compileHead, loadHead, makeHead, rebuildHead } from "./head.js";
import type { CommandContext } from "./run.js";
import { checkpointPath, type RunConfig, type RunSettings } from "./runFolder.js";
import { checkAgreement, checkValidation, endOf, settingsOf } from "./runSettings.js";
import type { IsGiven, TrainOptions } from "./train.js";

export async function trainOnFeatures(
  context: CommandContext,
  options: TrainOptions & { features: string },
  isGiven: IsGiven,
): Promise<void> {
  const features = await readFeatures(options.features);
  const data = trainingData(features, options.features);
  const path = checkpointPath(options.out);
  const checkpoint = options.resume ? await readCheckpoint(path) : undefined;
  const { classNames } = features.meta;
  const classWeight = resolveClassWeight(options.classWeight, classNames, data.y.dataSync());
  const typed = settingsOf(options, data.identity, classWeight);
  const settings = checkpoint ? resumedSettings(checkpoint, options, isGiven, typed) : typed;
  if (checkpoint) checkValidation(checkpoint.state, data.validation !== undefined, options.out);
  if (!features.complete)
    context.out.note(`${options.features} is of an interrupted extraction: there could be more rows`);

  const device = await context.device(settings.precision);
  const model = await openModel(options, settings, checkpoint, features, data, device);
  compileHead(model, settings.optimizer, settings.learningRate);
  if (checkpoint) restore(model, checkpoint, path);
  const config: RunConfig = {
    wgraft: version(),
    features: options.features,
    ...endOf(options, isGiven, checkpoint?.state),
    finishedEpochs: checkpoint?.state.epochs ?? 0,
    settings,
    base: features.meta,
    adapter: device.name,
    toggles: [...device.toggles],
  };
  describeStart(context, data, config, device);
  const training = {
    model,
    source: new ArraySource(data.x, data.y),
    validation: data.validation && new ArraySource(...data.validation),
    classWeight: classWeightByIndex(settings.classWeight, classNames),
    title: `A head on ${features.meta.application} features`,
  };
  await fitAndSave(context, options.out, training, config, checkpoint);
}

async function openModel(
  options: TrainOptions,
  settings: RunSettings,
  checkpoint: Checkpoint | undefined,
  { meta }: Features,
  { x }: TrainingData,
  device: Device,
): Promise<Model> {
  const { seed, init } = settings;
  if (checkpoint)
    return rebuildHead(checkpoint.state.architecture, checkpointPath(options.out), seed, device);
  const [inputs, classes] = [sizeOf(x.shape.slice(1)), meta.classNames.length];
  if (init !== null) return loadHead(init, inputs, classes, seed, device);
  return makeHead(inputs, classes, { units: options.units, dropout: options.dropout, seed }, device);
}

interface TrainingData {
  readonly x: Tensor<"float32">;
  readonly y: Tensor<"float32">;
  readonly validation?: readonly [Tensor<"float32">, Tensor<"float32">];
  /** sha256 of the training samples and labels. */
  readonly identity: string;
}

function trainingData(features: Features, file: string): TrainingData {
  const { train: split, validation } = features.splits;
  const bad = (what: string) => new WgraftError("bad-input", `${file}: ${what}`);
  if (!split) throw bad(`has no split train, only ${Object.keys(features.splits).join(", ")}`);
  const [x, y] = flatten(split);
  if (new Set(y.dataSync()).size < 2)
    throw bad("its split train holds pictures of one class only; two or more are needed");
  const identity = createHash("sha256").update(x.dataSync()).update(y.dataSync()).digest("hex");
  return { x, y, identity, ...(validation && { validation: flatten(validation) }) };
}

function flatten({ features, labels }: FeaturesSplit): readonly [Tensor<"float32">, Tensor<"float32">] {
  const [n = 0, ...shape] = features.shape;
  return [features.reshape([n, sizeOf(shape)]), labels];
}

/** The checkpoint's settings; what is typed again must agree with them. */
function resumedSettings(
  { state }: Checkpoint,
  options: TrainOptions,
  isGiven: IsGiven,
  typed: RunSettings,
): RunSettings {
  const { settings } = state;
  if (settings.pictures)
    throw new WgraftError("usage", `the run in ${options.out} was begun on pictures; --resume needs --data`);
  const isTyped = (name: string) => isGiven(name as keyof TrainOptions);
  checkAgreement(settings, { ...typed }, isTyped, { run: options.out, whose: "features" });
  return settings;
}

function describeStart({ out }: CommandContext, data: TrainingData, config: RunConfig, device: Device): void {
  const { settings, finishedEpochs, epochs } = config;
  const validation = data.validation ? `, ${data.validation[0].shape[0]} to validate on` : "";
  const resumed = finishedEpochs > 0 ? `, going on after epoch ${finishedEpochs}` : "";
  out.note(
    `${data.x.shape[0]} samples of ${data.x.shape[1]} features${validation}; ${epochs} epochs of batches of ` +
      `${settings.batchSize} on ${device.name}, seed ${settings.seed}${resumed}`,
  );
}
