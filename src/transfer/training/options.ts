/** What both ways of training are given, and what they return. */
import { WgraftError } from "../../errors.js";
import type { SkippedImage } from "../../io/dataset/loader.js";
import type { Omitted } from "../../io/dataset/omitted.js";
import type { History } from "../../io/report/history.js";
import type { OptimizerName } from "../../models/optimizers/index.js";
import type { Logs } from "../../models/training/history.js";
import { callback, check, flag, number, oneOf, positiveInteger, text } from "../../options/checks.js";
import { isPlainObject } from "../../options/describe.js";
import { optional } from "../../options/fields.js";
import type { FloatType } from "../../tensor.js";
import type { ClassWeightOption, NamedClassWeight } from "../data/classWeight.js";
import { choices, type PresetName } from "../defaults.js";
import { baseFields, transferFields, type TransferOptions } from "../options.js";

export interface TrainingOptions extends TransferOptions {
  /** Folder for the model, its curves and reports, and checkpoints. Default: runs/APP-N, with the next free N. */
  out?: string;
  /** Replace the run in `out`. Default false: then that is an error. */
  overwrite?: boolean;
  /** "quick" chooses what suits most collections of photos, where it is not given; `onNote` gets the values. Default: none, the tutorial's. */
  preset?: PresetName;
  /** Default "rmsprop". */
  optimizer?: OptimizerName;
  /** Default 2e-5. */
  learningRate?: number;
  /** Passes over the data. Default 30. */
  epochs?: number;
  /** Samples in one step. Default 20. */
  batchSize?: number;
  /** Units in the hidden layer of a new head. Default 256. */
  units?: number;
  /** Share of the hidden layer that each step drops. Default 0.5. */
  dropout?: number;
  /** Default true. */
  shuffle?: boolean;
  /** Default: as many as the samples give. */
  stepsPerEpoch?: number;
  /** Default: as many as the samples give. */
  validationSteps?: number;
  /** How much each class counts in the loss. Default: all alike. */
  classWeight?: ClassWeightOption;
  /** End after so many epochs without a lower val_loss (loss, where nothing is validated) and keep the best epoch's weights. Default: never. */
  earlyStop?: number;
  /** Keep the model of the best epoch in RUN/checkpoint/best.h5. Default false. */
  checkpointBest?: boolean;
  /** Begin with this saved model instead of a new head. */
  init?: string;
  /** Continue the run in `out`: options that are given must agree with it. Default false. */
  resume?: boolean;
  /**
   * A run whose kernels to use, as far as they are valid here: kernels that are measured meanwhile differ in their last bits.
   * Default: the fastest known.
   */
  kernelsFrom?: string;
  /** Of initial weights, dropout, shuffling and augmentation. Default: drawn. */
  seed?: number;
  /** What activations are stored as. Default: the device's. */
  precision?: FloatType;
  /** How far the epoch is: at its beginning and after each step. */
  onProgress?: (progress: TrainingProgress) => void;
  /** Called after each epoch. */
  onEpoch?: (epoch: FinishedEpoch) => void;
}

const classWeight = check<ClassWeightOption>(
  '"balanced", or weights by class, { cats: 1, dogs: 2.5 }',
  (value) => value === "balanced" || isPlainObject(value) || Array.isArray(value),
);

/** Without defaults: a training that is resumed has its own. */
export const trainingFields = {
  out: optional(text),
  overwrite: optional(flag),
  preset: optional(oneOf<PresetName>(choices.preset)),
  optimizer: optional(oneOf<OptimizerName>(choices.optimizer)),
  learningRate: optional(number({ above: 0 })),
  epochs: optional(positiveInteger),
  batchSize: optional(positiveInteger),
  units: optional(positiveInteger),
  dropout: optional(number({ min: 0, below: 1 })),
  shuffle: optional(flag),
  stepsPerEpoch: optional(positiveInteger),
  validationSteps: optional(positiveInteger),
  classWeight: optional(classWeight),
  earlyStop: optional(positiveInteger),
  checkpointBest: optional(flag),
  init: optional(text),
  resume: optional(flag),
  kernelsFrom: optional(text),
  seed: baseFields.seed,
  precision: optional(oneOf<FloatType>(["float32", "float16"])),
  ...transferFields,
  onProgress: optional(callback),
  onEpoch: optional(callback),
};

/** Epochs are counted from 1. */
export interface TrainingProgress {
  readonly epoch: number;
  readonly epochs: number;
  /** Steps of the epoch that are done. */
  readonly step: number;
  readonly steps: number;
  /** Samples of the epoch that are done. */
  readonly samples: number;
  readonly samplesPerSecond: number;
  /** Seconds that the steps of the epoch, and all epochs, still take at this pace; NaN before the first step. */
  readonly epochSecondsLeft: number;
  readonly runSecondsLeft: number;
  /** Share of the epoch's time in which the fit waited for images to be decoded: the GPU had the rest. */
  readonly decodeShare: number;
  /** Running means of the epoch, some steps old: loss, acc. Empty at first. */
  readonly logs: Logs;
}

/** An epoch and its figures under Keras's names: loss, acc, val_loss, val_acc. */
export interface FinishedEpoch {
  readonly epoch: number;
  readonly epochs: number;
  readonly seconds: number;
  readonly logs: Logs;
  /** Whether no epoch so far had a lower val_loss (loss, where nothing is validated). */
  readonly isBest: boolean;
  /** Of all epochs so far, those before a resumption included. */
  readonly history: History;
}

/** What a training came to. Epochs are counted from 1. */
export interface TrainingResult {
  /** The run's folder. */
  readonly out: string;
  /** The model file in it. */
  readonly model: string;
  readonly parameters: number;
  /** Number of weights that were trained. */
  readonly trainableWeights: number;
  /** Epochs that were asked for. */
  readonly epochs: number;
  readonly finishedEpochs: number;
  /** Whether `earlyStop` ended the training. */
  readonly stoppedEarly: boolean;
  /** Undefined where nobody asked, or none was found. */
  readonly bestEpoch?: number;
  /** The epoch whose weights the model file has. */
  readonly keptEpoch: number;
  /** The model file of the best epoch, with `checkpointBest`. */
  readonly bestModel?: string;
  readonly earlyStop: number | null;
  readonly checkpointBest: boolean;
  readonly classWeight: NamedClassWeight | null;
  readonly interrupted: boolean;
  /** Figures of every epoch, under Keras's names. */
  readonly history: History;
  readonly seconds: number;
  /** Name of the GPU adapter. */
  readonly adapter: string;
  /** Of a training on images: what was omitted from the folder. */
  readonly omitted?: Omitted;
  /** Of a training on images: those that do not decode, as far as their headers show. */
  readonly skipped?: readonly SkippedImage[];
  /** Of a training on images: those whose EXIF orientation is not 1. */
  readonly turned?: number;
}

/** Throws `usage` for an option that makes no sense with `init`. */
export function refuseWithInit<O extends TrainingOptions>(
  options: O,
  names: readonly (keyof O & string)[],
  why: string,
): void {
  const given = options.init === undefined ? undefined : names.find((name) => options[name] !== undefined);
  if (given !== undefined) throw new WgraftError("usage", `\`${given}\` ${why}`, { option: given });
}

/** Throws `usage` for a run to be resumed, where none is written. */
export function refuseResumption({ resume }: TrainingOptions): void {
  if (!resume) return;
  throw new WgraftError("usage", "a search for the learning rate starts a training; omit `resume`", {
    option: "resume",
  });
}

/** The precision that is asked for, by the option or by the device; undefined where any will do. */
export function askedPrecision({ precision, device }: TrainingOptions): FloatType | undefined {
  return precision ?? (typeof device === "object" ? device.precision : undefined);
}
