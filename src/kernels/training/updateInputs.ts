/** What the optimizers' update ops have in common: inputs [variable, gradient, hyper float32 [4], ...slots]. */
import hyper from "../../../wgsl/training/hyper.wgsl";
import update from "../../../wgsl/training/update.wgsl";
import type { TensorSpec } from "../../tensor.js";
import { invocationKernel } from "../common/elementKernel.js";
import { expectInputs, expectShape } from "../common/expect.js";
import type { Kernel, Operand } from "../op.js";
import { expectHyper } from "./hyper.js";

/**
 * How an update takes part in loss scaling. Without it only the learning rate of `hyper` is read, and by AdamW the decay.
 */
export interface UpdateAttrs {
  /** The gradient is that of the scaled loss: it is multiplied by the inverse loss scale. Default false. */
  readonly scaledGradient?: boolean;
  /** Where the step is to be skipped, variable and slots stay as they are. Default false. */
  readonly skippable?: boolean;
}

/** Checks the inputs: gradient and slots are float32 of the variable's shape. Updates have no outputs. */
export function inferUpdate(op: string, inputs: readonly TensorSpec[], slots: number): [] {
  expectInputs(op, inputs, 3 + slots);
  const [variable, gradient, hyper, ...states] = inputs;
  expectShape(op, "variable", variable, variable.shape);
  expectShape(op, "gradient", gradient, variable.shape);
  expectHyper(op, hyper);
  states.forEach((slot, i) => expectShape(op, `slot ${i}`, slot, variable.shape));
  return [];
}

/** A kernel that updates each element alone: wgsl/training/update.wgsl says what `source` defines. */
export function updateKernel(name: string, source: string, slots: number): Kernel {
  const states = Array<"read_write">(slots).fill("read_write");
  return invocationKernel(name, hyper + update + source, ["read_write", "read", ...states, "read"]);
}

/** The inputs in the order of the kernels' bindings: what is walked element by element, and what is bound whole. */
export function updateBindings([variable, gradient, hyper, ...slots]: readonly Operand[]) {
  return { walked: [variable, gradient, ...slots], whole: [hyper] };
}

/** Override constants of wgsl/training/update.wgsl; none without loss scaling. */
export function updateConstants({ scaledGradient, skippable }: UpdateAttrs): Record<string, number> {
  return { ...(scaledGradient && { scaled_gradient: 1 }), ...(skippable && { skippable: 1 }) };
}

/** Indices of the inputs that an update writes: the variable and the slots. */
export function updated(slots: number): number[] {
  return [0, ...Array.from({ length: slots }, (_, i) => 3 + i)];
}
