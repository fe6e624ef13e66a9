/** `wgraft summary --memory`: what a model's programs would take of the GPU, from their plans alone. */
import { WgraftError } from "../errors.js";
import { describeRecomputation } from "../graph/fitMemory.js";
import { formatMiB, type MemoryPeak } from "../graph/memory.js";
import type { ProgramPlan, Recomputation } from "../graph/programPlan.js";
import type { Variable } from "../graph/variable.js";
import type { Device } from "../kernels/gpu/device.js";
import type { Model } from "../models/model.js";
import type { OptimizerName } from "../models/optimizers/index.js";
import type { SampleSpec } from "../models/training/batches.js";
import type { Mode, Programs } from "../models/training/programs.js";
import { storageBytesOf } from "../tensor.js";
import { compileHead, graftHead } from "./head.js";
import { formatTable } from "./output.js";
import { setTrainable, type Trainable } from "./trainable.js";

export interface MemoryOptions {
  batchSize: number;
  trainable?: Trainable;
  optimizer?: OptimizerName;
  /** Of the head that is put on a base; likewise `classes`. */
  units: number;
  classes: number;
}

/** What one program takes. Bytes; they add up to `total`, which is what the program will hold. */
export interface ProgramMemory {
  readonly mode: Mode;
  readonly weights: number;
  /** Kernels transformed for Winograd's algorithm, kept beside the weights. */
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
 * The memory of prediction, and of training with the head that `wgraft train` would put on (`putHead`), or of the model
 * itself: as it was compiled, or as `wgraft train` would compile it. Changes the model's trainable flags.
 * A model whose output is no vector has nothing to be trained on, so training is left out.
 */
export async function memoryOf(
  model: Model,
  putHead: boolean,
  options: MemoryOptions,
  device: Device,
): Promise<(ProgramMemory | TooLarge)[]> {
  const predict = await planned("predict", model, options.batchSize);
  const trained = putHead ? graftHead(model, options.classes, headOf(options), device) : model;
  if (trained.outputShape.length !== 1) return [predict];
  compileFor(trained, putHead, options);
  return [predict, await planned("train", trained, options.batchSize)];
}

/** Neither rate nor seed changes the memory. */
function headOf({ units }: MemoryOptions) {
  return { units, dropout: 0.5, seed: 0 };
}

function compileFor(model: Model, hasNewHead: boolean, { trainable, optimizer }: MemoryOptions): void {
  const flags = trainable ?? (hasNewHead ? ["none"] : undefined);
  if (flags) setTrainable(model, flags);
  const before = model.compilation;
  // The learning rate takes no memory.
  if (optimizer || !before) compileHead(model, optimizer ?? "rmsprop", 1e-3);
  // The flags take effect at a compile only.
  else model.compile(before);
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

/** Pictures come as bytes and are converted on the GPU; features are floats already. */
function sampleOf({ inputShape: shape }: Model): SampleSpec {
  const isPicture = shape.length === 3 && shape[2] === 3;
  return isPicture ? { shape, dtype: "uint8", preprocess: "rescale" } : { shape, dtype: "float32" };
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

/** The lines for people. */
export function memoryTable(
  programs: readonly (ProgramMemory | TooLarge)[],
  batchSize: number,
  device: Device,
): string[] {
  const fitting = programs.filter((program) => "total" in program);
  const columns = ["weights", "derived", "optimizer", "inputs", "activations", "total"] as const;
  const activations = device.precision === "float16" ? "activations in float16, " : "";
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
  const rows = fitting.map((program) => [program.mode, ...columns.map((name) => mib(program[name]))]);
  return [
    `GPU memory in MiB, ${activations}batches of ${batchSize} on ${device.name}:`,
    ...(rows.length > 0 ? formatTable([["", ...columns], ...rows]) : []),
    ...programs.flatMap((program) => remarks(program, device)),
  ];
}

function remarks(program: ProgramMemory | TooLarge, { memoryBudget }: Device): string[] {
  if ("tooLarge" in program) return [`${program.mode}: does not fit: ${program.tooLarge}`];
  const { mode, peak, recomputation, total } = program;
  const where = peak && `${peak.layer ? `${peak.layer} (${peak.op})` : peak.op}`;
  return [
    ...(peak ? [`${mode}: most activations at ${where}: ${formatMiB(peak.bytes)} at once`] : []),
    ...(recomputation
      ? [
          `${mode}: ${describeRecomputation(total, recomputation, `over the budget of ${formatMiB(memoryBudget)}`)}`,
        ]
      : []),
  ];
}
