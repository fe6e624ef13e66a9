/** How kernels that walk one or more equally shaped tensors are launched. */
import { sizeOf } from "../tensor.js";
import { linearWorkgroups, type Kernel, type LowerContext, type Operand } from "./op.js";
import { bindingRanges, leastCommonMultiple, sliceRange } from "./ranges.js";

/** Attributes of an op that has none. */
export type NoAttrs = Record<string, never>;

/** Invocations a workgroup of every 1-D kernel: `@workgroup_size(256)`. */
export const WORKGROUP_SIZE = 256;

/** `T` of a kernel: four elements an invocation where the size allows, since loads cost the same for one as for four. */
export type ElementType = "f32" | "vec4f";

export function elementType(...sizes: readonly number[]): ElementType {
  return sizes.every((size) => size % 4 === 0) ? "vec4f" : "f32";
}

export function lanesOf(type: ElementType): number {
  return type === "vec4f" ? 4 : 1;
}

export interface ElementwiseLaunch {
  readonly op: string;
  readonly kernel: Kernel;
  /** Bindings 0…: float32 tensors of one size, walked together; the kernel stops at the `arrayLength` of the first. */
  readonly walked: readonly Operand[];
  /** The bindings after those: bound whole in every launch. */
  readonly whole?: readonly Operand[];
  /** Where the kernel uses the index modulo something (channels): that many elements. Slices keep its phase. */
  readonly period?: number;
  readonly constants?: (lanes: number) => Record<string, number>;
  readonly flopsPerElement?: number;
}

/**
 * Launches an elementwise kernel written over `T` (`f32` or `vec4f`, by the prelude), in as many parts as the storage
 * binding limit asks for.
 */
export function launchElementwise(ctx: LowerContext, launch: ElementwiseLaunch): void {
  const { op, kernel, walked, whole = [], period = 1, flopsPerElement = 0 } = launch;
  const elements = sizeOf(walked[0].shape);
  if (elements === 0) return;
  const type = elementType(elements, period === 1 ? 4 : period);
  const lanes = lanesOf(type);
  const unit = leastCommonMultiple(period, lanes);
  const units = elements / unit;
  const ranges = bindingRanges(
    op,
    ctx.caps,
    units,
    walked.map(() => 4 * unit),
  );
  for (const range of ranges) {
    const count = range.count * unit;
    ctx.launch({
      kernel,
      prelude: `alias T = ${type};`,
      constants: launch.constants?.(lanes),
      args: [...walked.map((operand) => sliceRange(operand, range, units)), ...whole],
      workgroups: linearWorkgroups(count / lanes, WORKGROUP_SIZE, ctx.caps),
      flops: count * flopsPerElement,
    });
  }
}
