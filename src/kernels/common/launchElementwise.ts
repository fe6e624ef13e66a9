/** How kernels that walk one or more equally shaped tensors are launched. */
import { sizeOf } from "../../tensor.js";
import { elementPrelude, elementType, lanesOf, launchUnits, type ElementType } from "./launchUnits.js";
import type { Kernel, LowerContext, Operand } from "../op.js";
import { leastCommonMultiple } from "./ranges.js";

export interface ElementwiseLaunch {
  readonly op: string;
  readonly kernel: Kernel;
  /**
   * Bindings 0…: tensors of one size, walked together; the kernel stops at the `arrayLength` of the first, whose type
   * says what its `Stored` is.
   */
  readonly walked: readonly Operand[];
  /** The bindings after those: bound whole in every launch. */
  readonly whole?: readonly Operand[];
  /** Where the kernel uses the index modulo something (channels): that many elements. Slices keep its phase. */
  readonly period?: number;
  /** What the kernel needs besides `elementPrelude`. */
  readonly prelude?: (type: ElementType) => string;
  /** Override constants; those that count elements must be divided by `lanes`, the elements in a `T`. */
  readonly constants?: (lanes: number) => Record<string, number>;
  /** The kernel's `params`, with the same division. */
  readonly params?: (lanes: number) => Record<string, number>;
  readonly flopsPerElement?: number;
}

/** Launches an elementwise kernel written over `T`. */
export function launchElementwise(ctx: LowerContext, launch: ElementwiseLaunch): void {
  const { op, kernel, walked, whole, period, prelude, constants, params, flopsPerElement = 0 } = launch;
  const elements = sizeOf(walked[0].shape);
  const type = elementType(elements, period ?? 4);
  const lanes = lanesOf(type);
  const unit = leastCommonMultiple(period ?? 1, lanes);
  launchUnits(ctx, {
    op,
    kernel,
    units: elements / unit,
    walked,
    whole,
    prelude: [elementPrelude(type, walked[0].dtype), ...(prelude ? [prelude(type)] : [])].join("\n"),
    constants: constants?.(lanes),
    params: params?.(lanes),
    invocationsPerUnit: unit / lanes,
    flopsPerUnit: unit * flopsPerElement,
  });
}
