/** What the optimizers' update ops have in common: inputs [variable, gradient, hyper float32 [4], ...slots]. */
import type { TensorSpec } from "../tensor.js";
import { expectFloat, expectInputs, expectShape } from "./expect.js";
import type { Operand } from "./op.js";

/** Checks the inputs: gradient and slots are float32 of the variable's shape. Updates have no outputs. */
export function inferUpdate(op: string, inputs: readonly TensorSpec[], slots: number): [] {
  expectInputs(op, inputs, 3 + slots);
  const [variable, gradient, hyper, ...states] = inputs;
  expectFloat(op, "variable", variable);
  expectShape(op, "gradient", gradient, variable.shape);
  expectShape(op, "hyper", hyper, [4]);
  states.forEach((slot, i) => expectShape(op, `slot ${i}`, slot, variable.shape));
  return [];
}

/** The inputs in the order of the kernels' bindings: what is walked element by element, and what is bound whole. */
export function updateBindings([variable, gradient, hyper, ...slots]: readonly Operand[]) {
  return { walked: [variable, gradient, ...slots], whole: [hyper] };
}

/** Indices of the inputs that an update writes: the variable and the slots. */
export function updated(slots: number): number[] {
  return [0, ...Array.from({ length: slots }, (_, i) => 3 + i)];
}
