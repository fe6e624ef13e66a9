/** Trains a head on extracted features. */
import { createHash } from "node:crypto";
import { WgraftError } from "../../errors.js";
import { splitNames } from "../../io/dataset/layout.js";
import type { FeaturesSplit } from "../../io/features.js";
import type { Device } from "../../kernels/gpu/device.js";
import type { Model } from "../../models/model.js";
import { ArraySource } from "../../models/training/batches.js";
import { checkOptions } from "../../options/checkOptions.js";
import { text } from "../../options/checks.js";
import { optionsOf, required, type Arguments } from "../../options/fields.js";
import { sizeOf, type Tensor } from "../../tensor.js";
import { version } from "../../version.js";
import { classWeightByIndex, resolveClassWeight, type NamedClassWeight } from "../data/classWeight.js";
import { readFeatures, type Features } from "../data/features.js";
import { compileHead, loadHead, makeHead, rebuildHead } from "../model/head.js";
import { openDevice } from "../options.js";
import { readCheckpoint, restore, type Checkpoint } from "../run/checkpoint.js";
import type { RunConfig, RunSettings } from "../run/config.js";
import { checkpointPath } from "../run/files.js";
import { kernelsToUse, withKernels } from "../run/kernels.js";
import { recordedImages, type RunImages } from "../run/images.js";
import { checkRun, claimRun } from "../run/runFolder.js";
import { fitAndSave, type Finish } from "./fitAndSave.js";
import {
  askedPrecision,
  refuseResumption,
  refuseWithInit,
  trainingFields,
  type TrainingOptions,
  type TrainingResult,
} from "./options.js";
import { withPreset } from "./preset.js";
import { checkAgreement, checkValidation, endOf, headSettingsOf, settingsOf } from "./settings.js";

export interface HeadTrainingOptions extends TrainingOptions {
  /** The features file, as `extractFeaturesToFile` writes it. */
  features: string;
}

const table = optionsOf<HeadTrainingOptions>("trainHead").fields({
  features: required(text),
  ...trainingFields,
});

/**
 * Trains a head on the features of a base: a hidden layer with dropout, then a sigmoid for two classes or a softmax for
 * more. Writes the run folder: model, history, curves, report, config and checkpoint.
 *
 * @throws WgraftError `usage` for options that make no sense, `bad-input` for a file that is not what it should be, `io`
 *   where the folder cannot be written. `InterruptedError` when `signal` fires after an epoch: the folder then contains the
 *   model of the last finished one, and `result` is what it came to; before the first epoch, `aborted`.
 * @example
 * await extractFeaturesToFile({ data: "cats_and_dogs", out: "features.h5" });
 * const { history } = await trainHead({ features: "features.h5", out: "runs/head", epochs: 30 });
 * console.log(history.val_acc.at(-1));
 */
export async function trainHead(given: HeadTrainingOptions): Promise<TrainingResult> {
  const options = checked(given);
  const { features: file } = options;
  await checkRun(options);
  const features = await readFeatures(file, { signal: options.signal });
  const data = trainingData(features, file);
  const { run, release } = await claimRun(options.out, features.meta.application);
  try {
    return await trainInto(run, options, features, data, fitAndSave);
  } catch (error) {
    await release();
    throw error;
  }
}

/** The same up to the first step, for a search that writes no run. */
export async function searchOnFeatures<R>(given: HeadTrainingOptions, search: Finish<R>): Promise<R> {
  const options = checked(given);
  refuseResumption(options);
  const features = await readFeatures(options.features, { signal: options.signal });
  return trainInto("", options, features, trainingData(features, options.features), search);
}

function checked(given: HeadTrainingOptions): Arguments<typeof table> {
  const options = withPreset(checkOptions(table, given), false);
  refuseWithInit(options, ["units", "dropout"], "is for a new head; the one of `init` has its own");
  return options;
}

async function trainInto<R>(
  run: string,
  options: Arguments<typeof table>,
  features: Features,
  data: TrainingData,
  finish: Finish<R>,
): Promise<R> {
  const { features: file } = options;
  const { classNames } = features.meta;
  const path = checkpointPath(run);
  const checkpoint = options.resume ? await readCheckpoint(path) : undefined;
  const earlierKernels = await kernelsToUse(options.kernelsFrom, checkpoint);
  const classWeight = resolveClassWeight(options.classWeight, classNames, data.y.dataSync());
  const settings = checkpoint
    ? resumedSettings(checkpoint, run, options, data.identity, classWeight)
    : settingsOf(options, data.identity, classWeight);
  if (checkpoint) checkValidation(checkpoint.state, data.validation !== undefined, run);
  if (!features.complete) options.onNote?.(`${file} is from an interrupted extraction and may be incomplete`);

  const device = await openDevice(options, settings.precision);
  const model = await openModel(run, settings, checkpoint, features, data, device);
  compileHead(model, settings.optimizer, settings.learningRate);
  if (checkpoint) restore(model, checkpoint, path);
  const config: RunConfig = {
    wgraft: version(),
    features: file,
    ...endOf(options, checkpoint?.state),
    finishedEpochs: checkpoint?.state.epochs ?? 0,
    settings,
    base: features.meta,
    adapter: device.name,
    toggles: [...device.toggles],
  };
  options.onNote?.(describeStart(data, config));
  const training = {
    model,
    source: new ArraySource(data.x, data.y),
    validation: data.validation && new ArraySource(...data.validation),
    validationFiles: labelledFiles(features.splits.validation),
    classWeight: classWeightByIndex(settings.classWeight, classNames),
    title: `A head on ${features.meta.application} features`,
    images: imagesOf(features, file),
  };
  return withKernels(device, earlierKernels, (kernels) =>
    finish({ ...options, out: run }, { ...training, kernels }, config, checkpoint, device),
  );
}

/** The file has names and labels, and no paths. */
function labelledFiles(split: FeaturesSplit | undefined): { relative: string; label: number }[] | undefined {
  const labels = split?.labels.dataSync();
  return labels && split?.filenames.map((relative, i) => ({ relative, label: labels[i] }));
}

/** Undefined where the file does not say which images its features are of. */
function imagesOf({ splits }: Features, file: string): RunImages | undefined {
  const lists = Object.entries(splits).flatMap(([name, { filenames, sha256, orientations }]) =>
    sha256 === undefined || !(splitNames as readonly string[]).includes(name)
      ? []
      : [
          {
            name,
            files: filenames.map((relative, i) => ({
              relative,
              sha256: sha256[i],
              orientation: orientations?.[i] ?? 1,
            })),
          },
        ],
  );
  return lists.length > 0 ? recordedImages(file, lists) : undefined;
}

async function openModel(
  run: string,
  settings: RunSettings,
  checkpoint: Checkpoint | undefined,
  { meta }: Features,
  { x }: TrainingData,
  device: Device,
): Promise<Model> {
  const { seed, init } = settings;
  if (checkpoint) return rebuildHead(checkpoint.state.architecture, checkpointPath(run), seed, device);
  const [inputs, classes] = [sizeOf(x.shape.slice(1)), meta.classNames.length];
  if (init !== null) return loadHead(init, inputs, classes, seed, device);
  return makeHead(inputs, classes, headSettingsOf(settings), device);
}

interface TrainingData {
  readonly x: Tensor<"float32">;
  readonly y: Tensor<"float32">;
  readonly validation?: readonly [Tensor<"float32">, Tensor<"float32">];
  /** sha256 of the training samples and labels. */
  readonly identity: string;
}

/** What a hash takes in one piece has a limit. */
const VALUES_AT_ONCE = 2 ** 26;

function trainingData(features: Features, file: string): TrainingData {
  const { train: split, validation } = features.splits;
  const bad = (what: string) => new WgraftError("bad-input", `${file}: ${what}`);
  if (!split) throw bad(`has no split train, only ${Object.keys(features.splits).join(", ")}`);
  const [x, y] = flatten(split);
  if (new Set(y.dataSync()).size < 2)
    throw bad("its split train has images of only one class; two or more are needed");
  const hash = createHash("sha256");
  for (const values of [x.dataSync(), y.dataSync()])
    for (let at = 0; at < values.length; at += VALUES_AT_ONCE)
      hash.update(values.subarray(at, at + VALUES_AT_ONCE));
  const identity = hash.digest("hex");
  return { x, y, identity, ...(validation && { validation: flatten(validation) }) };
}

function flatten({ features, labels }: FeaturesSplit): readonly [Tensor<"float32">, Tensor<"float32">] {
  const [n = 0, ...shape] = features.shape;
  return [features.reshape([n, sizeOf(shape)]), labels];
}

/** The checkpoint's settings; what is given again must agree with them. */
function resumedSettings(
  { state }: Checkpoint,
  run: string,
  options: HeadTrainingOptions,
  data: string,
  classWeight: NamedClassWeight | null,
): RunSettings {
  const { settings } = state;
  if (settings.pictures) {
    throw new WgraftError("usage", `the run in ${run} was started on images; \`resume\` needs \`data\``, {
      option: "resume",
    });
  }
  const now = {
    ...options,
    data,
    precision: askedPrecision(options),
    classWeight: classWeight ?? undefined,
  };
  checkAgreement(settings, now, { run, whose: "features" });
  return settings;
}

function describeStart(data: TrainingData, config: RunConfig): string {
  const { settings, finishedEpochs, epochs, adapter } = config;
  const validation = data.validation ? `, ${data.validation[0].shape[0]} to validate on` : "";
  const resumed = finishedEpochs > 0 ? `, resuming after epoch ${finishedEpochs}` : "";
  return (
    `${data.x.shape[0]} samples of ${data.x.shape[1]} features${validation}; ${epochs} epochs of batches of ` +
    `${settings.batchSize} on ${adapter}, seed ${settings.seed}${resumed}`
  );
}
