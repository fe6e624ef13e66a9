/** What a model's programs would take of the GPU's memory, from their plans alone. */
import { WgraftError } from "../../errors.js";
import type { MemoryPeak } from "../../graph/plan/memory.js";
import type { ProgramPlan, Recomputation } from "../../graph/plan/programPlan.js";
import type { Variable } from "../../graph/variable.js";
import type { Model } from "../../models/model.js";
import type { OptimizerName } from "../../models/optimizers/index.js";
import type { SampleSpec } from "../../models/training/batches.js";
import type { Mode, Programs } from "../../models/training/programs.js";
import { checkOptions } from "../../options/checkOptions.js";
import { flag, integer, listOf, oneOf, positiveInteger, text } from "../../options/checks.js";
import { optional, optionsOf } from "../../options/fields.js";
import { storageBytesOf } from "../../tensor.js";
import { choices, defaults } from "../defaults.js";
import { compileHead, graftHead } from "./head.js";
import { setTrainable, type Trainable } from "./trainable.js";

export interface MemoryOptions {
  /** Samples in one run. Default 20. */
  batchSize?: number;
  /** Layers and blocks of the base that train, or "none" or "all". Default: none of a base; of a saved model, as it was saved. */
  trainable?: Trainable;
  /** Default: rmsprop; of a compiled model, its own. */
  optimizer?: OptimizerName;
  /** Whether the model is a base, and is trained with a new head on top. Default false. */
  newHead?: boolean;
  /** Of the new head's hidden layer. Default 256. */
  units?: number;
  /** Of the new head. Default 2. */
  classes?: number;
}

const table = optionsOf<MemoryOptions>("planMemory").fields({
  batchSize: optional(positiveInteger, defaults.batchSize),
  trainable: optional(listOf(text)),
  optimizer: optional(oneOf<OptimizerName>(choices.optimizer)),
  newHead: optional(flag, false),
  units: optional(positiveInteger, defaults.units),
  classes: optional(integer({ min: 2 }), defaults.classes),
});

/** Options that only a new head has. */
const headOptions = ["units", "classes"] as const;

/** What one program takes. Bytes; they add up to `total`. */
export interface ProgramMemory {
  readonly mode: Mode;
  readonly weights: number;
  /** Kernels transformed for Winograd's algorithm, kept next to the weights. */
  readonly derived: number;
  readonly optimizer: number;
  /** The ring of losses and metrics that a training leaves on the GPU. */
  readonly figures: number;
  readonly inputs: number;
  /** Sizes and strides of the launches: next to nothing. */
  readonly params: number;
  /** With gradients and scratch: all intermediates. */
  readonly activations: number;
  readonly total: number;
  readonly peak?: MemoryPeak;
  readonly recomputation?: Recomputation;
}

/** A program that cannot be planned, and why. */
export interface TooLarge {
  readonly mode: Mode;
  readonly tooLarge: string;
}

/**
 * The memory of prediction, and of training: with a new head on top, or of the model itself, as it was compiled or as
 * `trainOnImages` would compile it. Changes the model's trainable flags.
 * A model whose output is not a vector has nothing to be trained on, so training is omitted.
 *
 * @throws WgraftError `usage` for a layer that cannot be trained
 * @example
 * const base = await VGG16({ weights: null, includeTop: false, inputShape: [150, 150, 3] });
 * const programs = await planMemory(base, { newHead: true, trainable: ["block5"], batchSize: 32 });
 */
export async function planMemory(model: Model, given?: MemoryOptions): Promise<(ProgramMemory | TooLarge)[]> {
  const options = checkOptions(table, given);
  const { batchSize, classes, units, newHead } = options;
  const misplaced = newHead ? undefined : headOptions.find((name) => given?.[name] !== undefined);
  if (misplaced !== undefined)
    throw new WgraftError("usage", `\`${misplaced}\` is for a new head; model ${model.name} has its own`, {
      op: table.owner,
      option: misplaced,
    });
  if (model.isOpen) {
    const message = `model ${model.name} takes images of any size, which decides its memory; name one with \`size\``;
    throw new WgraftError("usage", message, { op: table.owner, option: "size" });
  }
  const predict = await planned("predict", model, batchSize);
  // Neither dropout nor seed changes the memory.
  const head = { units, dropout: defaults.dropout, seed: 0 };
  const trained = newHead ? graftHead(model, classes, head, model.device!) : model;
  if (trained.outputShape.length !== 1) return [predict];
  compileFor(trained, newHead, options);
  return [predict, await planned("train", trained, batchSize)];
}

function compileFor(model: Model, hasNewHead: boolean, { trainable, optimizer }: MemoryOptions): void {
  const flags = trainable ?? (hasNewHead ? defaults.trainable : undefined);
  if (flags) setTrainable(model, flags);
  const before = model.compilation;
  if (optimizer || !before) compileHead(model, optimizer ?? defaults.optimizer, defaults.learningRate);
  // The flags take effect at a compile only.
  else model.compile({ ...before.options, optimizer: before.optimizer });
}

async function planned(mode: Mode, model: Model, batchSize: number): Promise<ProgramMemory | TooLarge> {
  const programs = await model.ready();
  try {
    return breakdown(mode, model, programs, programs.plan(mode, batchSize, sampleOf(model)));
  } catch (error) {
    if (!(error instanceof WgraftError) || error.code !== "out-of-memory") throw error;
    return { mode, tooLarge: error.message };
  }
}

/** Images come as bytes and are converted on the GPU; features are floats already. */
function sampleOf({ inputShape: shape }: Model): SampleSpec {
  const isImage = shape.length === 3 && shape[2] === 3;
  return isImage ? { shape, dtype: "uint8", preprocess: "rescale" } : { shape, dtype: "float32" };
}

function breakdown(mode: Mode, model: Model, programs: Programs, plan: ProgramPlan): ProgramMemory {
  const { memory, variables, recomputation } = plan;
  const bytesOf = (isWanted: (variable: Variable) => boolean) =>
    [...variables.keys()].filter(isWanted).reduce((sum, variable) => sum + storageBytesOf(variable), 0);
  const ofModel = new Set(model.weights.map(({ variable }) => variable));
  const weights = bytesOf((variable) => ofModel.has(variable));
  const figures = bytesOf((variable) => variable === programs.ring);
  return {
    mode,
    weights,
    derived: memory.derived,
    optimizer: memory.variables - weights - figures,
    figures,
    inputs: memory.inputs,
    params: memory.params,
    activations: memory.intermediates,
    total: memory.total,
    ...(memory.peak && { peak: memory.peak }),
    ...(recomputation && { recomputation }),
  };
}
