/** The hyper-parameters that change from step to step, as wgsl/training/hyper.wgsl reads them: float32 [4]. */
import type { TensorSpec } from "../../tensor.js";
import { expectShape } from "../common/expect.js";

/** In the order of the struct. */
const fields = ["learningRate", "inverseLossScale", "decay", "isSkipped"] as const;

/** Default: 0 each, which updates without loss scaling and weight decay do not read. */
export type Hyper = Partial<Record<(typeof fields)[number], number>>;

/**
 * Values for the graph's input.
 * @param before what the fields that are not given are. Default: 0
 */
export function hyperValues(hyper: Hyper, before?: Float32Array): Float32Array {
  return Float32Array.from(fields, (field, i) => hyper[field] ?? before?.[i] ?? 0);
}

export const hyperShape = [fields.length] as const;

/** Throws a `shape` error unless the tensor can be what `hyperValues` makes. */
export function expectHyper(op: string, hyper: TensorSpec): void {
  expectShape(op, "hyper", hyper, hyperShape);
}
