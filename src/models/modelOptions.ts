/** What models are made with and compiled with. */
import { Device } from "../kernels/gpu/device.js";
import {
  either,
  flag,
  having,
  instanceOf,
  listOf,
  number,
  objectOf,
  oneOf,
  seed,
  type Check,
} from "../options/checks.js";
import { nullable, optional, optionsOf, required } from "../options/fields.js";
import { namesOf } from "../names.js";
import { layerTable } from "./layers/layerOptions.js";
import type { Tensor } from "../tensor.js";
import type { OneOrMore, PerEnd } from "./ends.js";
import { optimizers, type OptimizerName } from "./optimizers/index.js";
import type { LossScale } from "./optimizers/lossScale.js";
import type { Optimizer } from "./optimizers/optimizer.js";
import { symbolicTensor, type SymbolicTensor } from "./layers/layer.js";
import {
  lossCheck,
  lossWeightsCheck,
  metricsCheck,
  smoothing,
  type LossSpec,
  type MetricSpec,
} from "./targets.js";

export interface SequentialOptions {
  /** Default: the class name in snake case, numbered within a model around it. */
  name?: string | null;
  /** Seed of initial weights, dropout and shuffling. Default: drawn at random. */
  seed?: number | null;
  /** Default: one that is opened for the process at first use. */
  device?: Device;
}

export interface ModelOptions<
  Outputs extends OneOrMore<SymbolicTensor> = OneOrMore<SymbolicTensor>,
> extends SequentialOptions {
  /** What `Input` made: one or several. */
  inputs: OneOrMore<SymbolicTensor>;
  /** One or several: a model of several predicts, and is trained on, as many. */
  outputs: Outputs;
}

/** What `predict` gives: a tensor, or one for each of several outputs. */
export type Predicted<Outputs> = Outputs extends SymbolicTensor | readonly [SymbolicTensor]
  ? Tensor<"float32">
  : Tensor<"float32">[];

export interface CompileOptions {
  /** Default "rmsprop". */
  optimizer?: OptimizerName | Optimizer;
  /**
   * Keeps small gradients from vanishing in float16. Default "dynamic" on a device of that precision, else none; an
   * optimizer that scales its loss must stay without.
   */
  lossScale?: LossScale;
  /**
   * A name, or a name with options. Of several outputs: one for all, a list in their order, or an object by their names; the
   * total is their weighted sum.
   */
  loss: PerEnd<LossSpec>;
  /** What each output's loss is multiplied by in the total: a list in their order, or an object by their names. Default 1 each. */
  lossWeights?: PerEnd<number> | null;
  /**
   * Whether the loss takes the model's outputs for logits and applies the activation itself: Keras's `from_logits`.
   * Default false.
   */
  fromLogits?: boolean;
  /** How far labels of the crossentropies are moved towards the middle, 0 to 1: Keras's `label_smoothing`. Default 0. */
  labelSmoothing?: number;
  /** Of several outputs a list with an entry for each, or an object by their names. Default none. */
  metrics?: readonly MetricSpec[] | Readonly<Record<string, MetricSpec>> | null;
}

/** The option of a device in every table. */
export const deviceField = optional(instanceOf(Device));

const common = {
  name: layerTable.fields.name,
  seed: nullable(optional(seed)),
  device: deviceField,
};

export const sequentialTable = optionsOf<SequentialOptions>("Sequential").fields(common);

/** One, or a list that is not empty. */
const symbolicTensors: Check<SymbolicTensor | readonly SymbolicTensor[], SymbolicTensor[]> = {
  expected: `${symbolicTensor.expected}, or a list of such`,
  read: (value) => {
    const read = listOf(symbolicTensor).read(Array.isArray(value) ? value : [value]);
    return read && read.length > 0 ? read : undefined;
  },
};

export const modelTable = optionsOf<ModelOptions>("Model").fields({
  inputs: required(symbolicTensors),
  outputs: required(symbolicTensors),
  ...common,
});

const optimizerObject = having<Optimizer>("an optimizer", "apply", "hyper", "state", "getConfig");
const optimizerName = oneOf(namesOf(optimizers));

/** A name in any case, as in Keras, or an optimizer. */
const optimizer: Check<OptimizerName | Optimizer> = {
  expected: `${optimizerName.expected}, or ${optimizerObject.expected}`,
  read: (value) =>
    optimizerName.read(typeof value === "string" ? value.toLowerCase() : value) ??
    optimizerObject.read(value),
};

const lossScale: Check<LossScale> = either(
  either(oneOf(["dynamic"]), number({ above: 0 })),
  objectOf("an object of LossScaleOptimizer's options"),
);

export const compileTable = optionsOf<CompileOptions>("compile").fields({
  loss: required(lossCheck),
  lossWeights: nullable(optional(lossWeightsCheck)),
  fromLogits: optional(flag, false),
  labelSmoothing: optional(smoothing, 0),
  optimizer: optional(optimizer, "rmsprop"),
  lossScale: optional(lossScale),
  metrics: nullable(optional(metricsCheck, [])),
});
