/** What the optimizers' update ops have in common: inputs [variable, gradient, hyper float32 [4], ...slots]. */
import type { TensorSpec } from "../../tensor.js";
import { expectInputs, expectShape } from "../common/expect.js";
import type { Operand } from "../op.js";

/**
 * How an update takes part in loss scaling. Without it only hyper[0], the learning rate, is read, and by AdamW hyper[2]; hyper[1] is 1 / loss
 * scale, hyper[3] other than 0 where the step is to be skipped.
 */
export interface UpdateAttrs {
  /** The gradient is that of the scaled loss: it is multiplied by hyper[1]. Default false. */
  readonly scaledGradient?: boolean;
  /** Where hyper[3] is not 0, variable and slots stay as they are. Default false. */
  readonly skippable?: boolean;
}

/** Checks the inputs: gradient and slots are float32 of the variable's shape. Updates have no outputs. */
export function inferUpdate(op: string, inputs: readonly TensorSpec[], slots: number): [] {
  expectInputs(op, inputs, 3 + slots);
  const [variable, gradient, hyper, ...states] = inputs;
  expectShape(op, "variable", variable, variable.shape);
  expectShape(op, "gradient", gradient, variable.shape);
  expectShape(op, "hyper", hyper, [4]);
  states.forEach((slot, i) => expectShape(op, `slot ${i}`, slot, variable.shape));
  return [];
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
