/** How kernels whose tensors are made of equal independent parts are launched. */
import type { DType } from "../../tensor.js";
import { linearWorkgroups, type Kernel, type LowerContext, type Operand } from "../op.js";
import { bindingRanges, bytesPer, sliceRange } from "./ranges.js";

/** Invocations a workgroup of the 1-D kernels, `@workgroup_size(256)`… */
export const WORKGROUP_SIZE = 256;
/** … and of those that give a workgroup to each row, `@workgroup_size(64)`. */
export const ROW_WORKGROUP_SIZE = 64;

/** `T` of a kernel: four elements an invocation where the sizes allow it, since four then cost one load. */
export type ElementType = "f32" | "vec4f";

export function elementType(...sizes: readonly number[]): ElementType {
  return sizes.every((size) => size % 4 === 0) ? "vec4f" : "f32";
}

export function lanesOf(type: ElementType): number {
  return type === "vec4f" ? 4 : 1;
}

/** What a `T` is in a tensor of `dtype`. */
export function storedType(type: ElementType, dtype: DType): string {
  if (dtype !== "float16") return type;
  return type === "vec4f" ? "vec4h" : "f16";
}

/**
 * The prelude of a kernel that computes in `T`: that, what it is stored as in the tensors of `dtype`, and `U`, the unsigned
 * integer of its width.
 */
export function elementPrelude(type: ElementType, dtype: DType = "float32"): string {
  return [
    `alias T = ${type};`,
    `alias Stored = ${storedType(type, dtype)};`,
    `alias U = ${type === "vec4f" ? "vec4u" : "u32"};`,
  ].join("\n");
}

export interface UnitLaunch {
  readonly op: string;
  readonly kernel: Kernel;
  /** Samples, rows or elements: what the kernel treats alike, one after the other. */
  readonly units: number;
  /** Bindings 0…: tensors of `units` parts; the kernel sees how many there are by the `arrayLength` of the first. */
  readonly walked: readonly Operand[];
  /** The bindings after those: bound whole in every launch. */
  readonly whole?: readonly Operand[];
  readonly prelude?: string;
  readonly constants?: Readonly<Record<string, number>>;
  readonly params?: Readonly<Record<string, number>>;
  readonly invocationsPerUnit: number;
  /** Default WORKGROUP_SIZE. */
  readonly workgroupSize?: number;
  readonly flopsPerUnit?: number;
}

/** Launches a kernel over all units, in as many parts as the storage binding limit asks for. */
export function launchUnits(ctx: LowerContext, launch: UnitLaunch): void {
  const {
    op,
    kernel,
    units,
    walked,
    whole = [],
    prelude,
    constants,
    params,
    workgroupSize = WORKGROUP_SIZE,
  } = launch;
  if (units === 0) return;
  const bytes = walked.map((operand) => bytesPer(operand, units));
  for (const range of bindingRanges(op, ctx.caps, units, bytes)) {
    ctx.launch({
      kernel,
      prelude,
      constants,
      params,
      args: [...walked.map((operand) => sliceRange(operand, range, units)), ...whole],
      workgroups: linearWorkgroups(range.count * launch.invocationsPerUnit, workgroupSize, ctx.caps),
      flops: range.count * (launch.flopsPerUnit ?? 0),
    });
  }
}

/** `launchUnits` of a kernel that gives a workgroup to each row. */
export function launchRows(
  ctx: LowerContext,
  launch: Omit<UnitLaunch, "invocationsPerUnit" | "workgroupSize">,
): void {
  launchUnits(ctx, {
    ...launch,
    invocationsPerUnit: ROW_WORKGROUP_SIZE,
    workgroupSize: ROW_WORKGROUP_SIZE,
  });
}
