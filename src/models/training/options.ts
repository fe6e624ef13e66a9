/** Options of a model's `fit`, `evaluate`, `predict` and `trainOnBatch`. */
import { preprocessModes } from "../../kernels/image/preprocessModes.js";
import { namesOf } from "../../names.js";
import {
  abortSignal,
  callback,
  check,
  either,
  flag,
  integer,
  listOf,
  number,
  objectOf,
  oneOf,
  positiveInteger,
} from "../../options/checks.js";
import { nullable, optional, optionsOf, type Arguments } from "../../options/fields.js";
import { isPerEnd, type PerEnd } from "../ends.js";
import type { BatchSource, Preprocess } from "./batches.js";
import { isTensors, type Tensors, type ValidationTuple } from "./data.js";
import type { TensorBatches } from "./generatorSource.js";
import type { Verbosity } from "./fitPrinter.js";
import type { Callback } from "./history.js";
import { isSampleWeight, type ClassWeight, type SampleWeight, type WeightOptions } from "./sampleWeights.js";

export interface PredictOptions {
  /** Samples in one run. Default: the source's own, else 32. Split further if the adapter's memory is too small. */
  batchSize?: number | null;
  /** How uint8 images become numbers. Default "none". */
  preprocess?: Preprocess;
  signal?: AbortSignal;
  /** Samples done so far. */
  onProgress?(done: number, total: number): void;
}

export interface EvaluateOptions extends Omit<PredictOptions, "preprocess"> {
  /** Batches to look at. Default: all. */
  steps?: number | null;
  /** How much each sample counts in the loss. For tensors; a source of batches has its own. Default: all alike. */
  sampleWeight?: PerEnd<SampleWeight> | null;
  /**
   * Gets the predictions (samples, …output) of each batch, in order: they are computed on the way. `places` are those of its
   * samples among all, which differ from a count where images are skipped. `y` is of the first output, `ys` are of all.
   */
  onPredictions?(y: Float32Array, places: readonly number[], ys: readonly Float32Array[]): void;
}

export interface FitOptions extends WeightOptions {
  /** Passes over the data. Default 1. */
  epochs?: number;
  /** Number of the first epoch, when a fit continues an earlier one. Default 0. */
  initialEpoch?: number;
  /**
   * Default: the source's own, else 32. The last batch of an epoch may be shorter and counts for its samples. A
   * generator's batches are as they come.
   */
  batchSize?: number | null;
  /** Draw a new order each epoch. Default: as the source has it, else true. */
  shuffle?: boolean;
  /** Not weighted by class, as in Keras; tensors may bring their own weights. */
  validationData?: ValidationTuple | BatchSource | null;
  /**
   * The share of the samples to validate on instead of training on them, above 0 and below 1: the last ones, before any
   * shuffle. For tensors only; `validationData` takes precedence, as in Keras.
   */
  validationSplit?: number | null;
  /** Validate after every n-th epoch, or after the listed epochs, counted from 1. Default 1. */
  validationFreq?: number | readonly number[];
  /** Batches of an epoch. Default: as many as the data has; needed where it has no end. */
  stepsPerEpoch?: number | null;
  /** Batches of a validation. Default: all. */
  validationSteps?: number | null;
  callbacks?: readonly Callback[] | null;
  /**
   * What to print to stderr: 0 nothing, 1 a progress line (on a terminal; elsewhere as 2), 2 one line per epoch. Default 0:
   * unlike Keras, a library prints only when it is asked to.
   */
  verbose?: Verbosity;
  /** How uint8 images become numbers. Default "none". */
  preprocess?: Preprocess;
  /** Stops after the step under way; the weights are those of that step. */
  signal?: AbortSignal;
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
const isSource = (value: unknown) => isObject(value) && "batches" in value && "sample" in value;
const isIterable = (value: unknown) =>
  isObject(value) && (Symbol.iterator in value || Symbol.asyncIterator in value);

/** What `trainOnBatch` takes. */
export const tensors = check<Tensors>("a Tensor", isTensors);

/** What `evaluate` and `predict` take. */
export const samples = check<Tensors | BatchSource>(
  "a Tensor or a source of batches",
  (value) => isTensors(value) || isSource(value),
);

/** What `fit` takes. */
export const trainingSamples = check<Tensors | BatchSource | TensorBatches>(
  "a Tensor, a source of batches or a generator of batches",
  (value) => isTensors(value) || isSource(value) || isIterable(value),
);

const validationData = check<ValidationTuple | BatchSource>(
  "[x, y] or [x, y, sampleWeight] of Tensors, or a source of batches",
  (value) => {
    if (!Array.isArray(value)) return isSource(value);
    return (value.length === 2 || value.length === 3) && isTensors(value[0]) && isTensors(value[1]);
  },
);

const validationFreq = either<number, readonly number[], number, readonly number[]>(
  positiveInteger,
  listOf(positiveInteger),
  "a positive integer, or a list of epochs counted from 1",
);

const callbackMethods: readonly (keyof Callback)[] = [
  "setModel",
  "onTrainBegin",
  "onEpochBegin",
  "onBatchEnd",
  "onStepFigures",
  "onEpochEnd",
  "onTrainEnd",
];
const oneCallback = check<Callback>("a callback", (value) => {
  return (
    isObject(value) && callbackMethods.some((method) => typeof (value as Callback)[method] === "function")
  );
});
const callbacks = listOf(
  oneCallback,
  `a list of objects with methods of a callback: ${callbackMethods.join(", ")}`,
);

const sampleWeight = check<PerEnd<SampleWeight>>("a Tensor or a list of numbers", (value) =>
  isPerEnd(value, isSampleWeight),
);

const common = {
  batchSize: nullable(optional(positiveInteger)),
  signal: optional(abortSignal),
};

const weights = {
  classWeight: nullable(
    optional(objectOf<ClassWeight>("an object of class indices and weights, { 0: 1, 1: 2.5 }")),
  ),
  sampleWeight: nullable(optional(sampleWeight)),
};

const preprocess = optional(oneOf<Preprocess>(namesOf(preprocessModes)));

export const fitTable = optionsOf<FitOptions>("fit").fields({
  epochs: optional(positiveInteger, 1),
  initialEpoch: optional(integer({ min: 0 }), 0),
  ...common,
  shuffle: optional(flag),
  validationData: nullable(optional(validationData)),
  stepsPerEpoch: nullable(optional(positiveInteger)),
  validationSplit: nullable(optional(number({ above: 0, below: 1 }))),
  validationFreq: optional(validationFreq, 1),
  validationSteps: nullable(optional(positiveInteger)),
  callbacks: nullable(optional(callbacks, [])),
  verbose: optional(oneOf<Verbosity>([0, 1, 2]), 0),
  preprocess,
  ...weights,
});

export const evaluateTable = optionsOf<EvaluateOptions>("evaluate").fields({
  ...common,
  steps: nullable(optional(positiveInteger)),
  sampleWeight: weights.sampleWeight,
  onProgress: optional(callback),
  onPredictions: optional(callback),
});

export const predictTable = optionsOf<PredictOptions>("predict").fields({
  ...common,
  preprocess,
  onProgress: optional(callback),
});

export const trainOnBatchTable = optionsOf<WeightOptions>("trainOnBatch").fields(weights);

/** What the training loops get: sources of batches instead of tensors. */
export type PredictArguments = Partial<Omit<Arguments<typeof predictTable>, "preprocess">>;
export type EvaluateArguments = Partial<Omit<Arguments<typeof evaluateTable>, "sampleWeight">>;
export type FitArguments = Omit<
  Arguments<typeof fitTable>,
  "validationData" | "validationSplit" | "verbose" | "preprocess" | keyof WeightOptions
> & { readonly validationData?: BatchSource };
