/** How kernels that compute a batch of images element by element are launched. */
import imageElements from "../../../wgsl/common/image_elements.wgsl";
import { sizeOf } from "../../tensor.js";
import type { Kernel, LowerContext, Operand } from "../op.js";
import { lanesOf, ROW_WORKGROUP_SIZE, storedType, type ElementType } from "./launchUnits.js";
import { bindingRanges, bytesPer, sliceRange } from "./ranges.js";

/**
 * A kernel that computes each element of an image [n, height, width, channels] alone. `source` has `fn element(place: Place) -> T`,
 * and declares the bindings from 1 on, all of them read.
 *
 * @param reads how many bindings those are
 * @param params what `source` reads of `params` besides `height`, `width` and `channels` of the result
 */
export function imageKernel(
  name: string,
  source: string,
  reads: number,
  params: readonly string[] = [],
): Kernel {
  return {
    name,
    source: imageElements + source,
    access: ["read_write", ...Array<"read">(reads).fill("read")],
    params: ["height", "width", "channels", ...params],
  };
}

export interface ImageLaunch {
  readonly op: string;
  readonly kernel: Kernel;
  /** `T` of the kernel: vectors of four only where the channels of the result are a multiple of four. */
  readonly type: ElementType;
  /** [n, height, width, channels]: binding 0. */
  readonly result: Operand;
  /** The bindings after it: tensors of n equal parts… */
  readonly walked: readonly Operand[];
  /** … and those bound whole in every launch. */
  readonly whole?: readonly Operand[];
  /** What the prelude has besides `T` and `Stored`. */
  readonly prelude?: readonly string[];
  readonly constants?: Readonly<Record<string, number>>;
  /** But for `height`, `width` and `channels`. */
  readonly params?: Readonly<Record<string, number>>;
  /** Neighbouring columns that an invocation computes. Default 1. */
  readonly columns?: number;
  readonly flopsPerElement?: number;
}

/** Launches a kernel over all images, in as many parts as the storage binding limit asks for. */
export function launchImages(ctx: LowerContext, launch: ImageLaunch): void {
  const { op, kernel, type, result, walked, whole = [], constants, params } = launch;
  const { columns = 1, flopsPerElement = 0 } = launch;
  const [images, height, width, all] = result.shape;
  if (sizeOf(result.shape) === 0) return;
  const channels = all / lanesOf(type);
  const operands = [result, ...walked];
  const limit = ctx.caps.maxComputeWorkgroupsPerDimension;
  const ranges = bindingRanges(
    op,
    ctx.caps,
    images,
    operands.map((operand) => bytesPer(operand, images)),
    limit,
  );
  for (const range of ranges) {
    ctx.launch({
      kernel,
      prelude: [
        `alias T = ${type};`,
        `alias Stored = ${storedType(type, result.dtype)};`,
        ...(launch.prelude ?? []),
      ].join("\n"),
      constants,
      params: { height, width, channels, ...params },
      args: [...operands.map((operand) => sliceRange(operand, range, images)), ...whole],
      workgroups: [
        Math.ceil((Math.ceil(width / columns) * channels) / ROW_WORKGROUP_SIZE),
        height,
        range.count,
      ],
      flops: flopsPerElement * range.count * height * width * all,
    });
  }
}
