import type { Launch } from "../../kernels/op.js";
import type { Variable } from "../variable.js";
import { launchesOf, type ProgramPlan } from "./programPlan.js";

/** What a plan computes of which values, and by which kernels. */
export interface PlanIdentity {
  /** Equal for plans that compute the same in the same way, in every process. */
  readonly text: string;
  /** The variables that its values depend on, in an order that belongs to the text. */
  readonly variables: readonly Variable[];
}

/**
 * Names a plan by its launches, with all that decides their results. Two runs of plans of one text, on one device and equal
 * values of their variables, give the same bits.
 */
export function identityOfPlan(plan: ProgramPlan): PlanIdentity {
  const { lowered } = plan;
  // Slots are numbered as they first come, whatever the numbers of the graph's values are.
  const numbers = new Map<number, number>();
  const numberOf = (slot: number) => {
    if (!numbers.has(slot)) numbers.set(slot, numbers.size);
    return numbers.get(slot);
  };
  const inputs = [...plan.inputs].map(([name, value]) => [name, numberOf(lowered.slotOf(value))]);
  const variables = [...plan.variables].map(([variable, value]) => {
    numberOf(lowered.slotOf(value));
    return variable;
  });
  const lines = launchesOf(lowered.steps).map(({ launch }) => describe(launch, numberOf));
  const outputs = [...plan.outputs].map(([name, value]) => [name, numberOf(lowered.slotOf(value))]);
  return { text: JSON.stringify([inputs, variables.map(({ shape }) => shape), lines, outputs]), variables };
}

function describe(
  { kernel, constants, params, prelude, args, workgroups }: Launch,
  numberOf: (slot: number) => number | undefined,
) {
  const operands = args.map(({ slot, dtype, shape, byteOffset, byteLength }) => [
    numberOf(slot),
    dtype,
    shape,
    byteOffset,
    byteLength,
  ]);
  const { name, source } = kernel;
  return [name, source, kernel.params, kernel.enables, constants, params, prelude, operands, workgroups];
}
