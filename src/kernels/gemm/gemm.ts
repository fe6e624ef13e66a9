/** Matrix multiplication with generated operands (implicit GEMM): what convolutions and `matMul` have in common. */
import gemm from "../../../wgsl/gemm/gemm.wgsl";
import storeFours from "../../../wgsl/gemm/gemm_store_fours.wgsl";
import storeOnes from "../../../wgsl/gemm/gemm_store_ones.wgsl";
import gemmSubgroup from "../../../wgsl/gemm/gemm_subgroup.wgsl";
import gemmSubgroupMatrix from "../../../wgsl/gemm/gemm_subgroup_matrix.wgsl";
import gemmWorkgroup from "../../../wgsl/gemm/gemm_workgroup.wgsl";
import linearIndex from "../../../wgsl/common/linear_index.wgsl";
import gemmReduceSource from "../../../wgsl/gemm/gemm_reduce.wgsl";
import type { TensorSpec } from "../../tensor.js";
import { activate, activationCode } from "../elementwise/activation.js";
import { subgroupVariant, tensorVariant, workgroupVariant, type Variant } from "./gemmVariants.js";
import type { Gemm, GemmKernels, StoreVariants } from "./gemmProblem.js";
import { elementPrelude } from "../common/launchUnits.js";
import {
  float32,
  linearWorkgroups,
  type DeviceCaps,
  type Kernel,
  type LowerContext,
  type Operand,
} from "../op.js";

/** `params` that every product has. */
const sizes = [
  "rows",
  "columns",
  "y_stride",
  "splits",
  "split_steps",
  "run_length",
  "a_stride",
  "b_stride",
] as const;

/**
 * Kernels over the operands that `operands` describes; wgsl/gemm/gemm.wgsl says how.
 *
 * @param params what the operands file reads of `params` besides the sizes that every product has
 */
export function gemmKernels(name: string, operands: string, params: readonly string[]): GemmKernels {
  const common = {
    access: ["read_write", "read", "read", "read"],
    params: [...sizes, ...params],
  } as const;
  const source = linearIndex + activate + gemm + operands;
  const variants = (variant: string, main: string, enables?: Kernel["enables"]): StoreVariants => ({
    ones: { ...common, name: `${name}_${variant}`, source: source + storeOnes + main, enables },
    fours: { ...common, name: `${name}_${variant}_fours`, source: source + storeFours + main, enables },
  });
  return {
    subgroup: variants("subgroup", gemmSubgroup, ["subgroups"]),
    workgroup: variants("workgroup", gemmWorkgroup),
    tensor: variants("tensor", gemmSubgroupMatrix, [
      "f16",
      "subgroups",
      "chromium_experimental_subgroup_matrix",
    ]),
  };
}

const gemmReduceKernel: Kernel = {
  name: "gemm_reduce",
  source: linearIndex + activate + gemmReduceSource,
  access: ["read_write", "read", "read"],
  params: ["columns", "splits"],
};

/** y = activation(A·B + bias). Launches nothing for a y without elements. */
export function launchGemm(ctx: LowerContext, problem: Gemm): void {
  const { y, bias, rows, columns, yStride = columns, activation = "linear", accumulate = false } = problem;
  if (rows * columns === 0) return;
  const variant = chooseVariant(ctx, problem);
  const stores = columns % 4 === 0 && yStride % 4 === 0 ? "fours" : "ones";
  const finish = {
    has_bias: Number(bias !== undefined),
    accumulate: Number(accumulate),
    activation: activationCode(activation),
  };
  const tiles = Math.ceil(rows / variant.tileRows) * Math.ceil(columns / variant.tileColumns);
  const splits = problem.parts ?? splitsOf(tiles, problem, variant.parallelTiles);
  const reduced = splits > 1 && problem.parts === undefined;
  const parts = reduced ? ctx.scratch(float32(splits, rows, columns)) : y;
  const perWorkgroup = variant.tilesPerWorkgroup(tiles * splits);
  ctx.launch({
    kernel: variant.kernels[stores],
    prelude: [elementPrelude(stores === "fours" ? "vec4f" : "f32", parts.dtype), ...variant.prelude].join(
      "\n",
    ),
    constants: { ...variant.constants(perWorkgroup), ...(reduced ? {} : finish) },
    params: {
      ...problem.params,
      rows,
      columns,
      y_stride: yStride,
      splits,
      // Where loads bring four steps, a part begins at a multiple of four.
      split_steps: problem.parts
        ? problem.depth / problem.parts
        : 4 * Math.ceil(problem.depth / (4 * splits)),
      run_length: problem.runLength,
      a_stride: problem.layout.a.stride,
      b_stride: problem.layout.b.stride,
    },
    args: [parts, problem.a, problem.b, bias ?? unread(ctx, problem.b)],
    workgroups: linearWorkgroups(tiles * splits, perWorkgroup, ctx.caps),
    flops: 2 * rows * columns * problem.depth,
  });
  if (!reduced) return;
  ctx.launch({
    kernel: gemmReduceKernel,
    prelude: elementPrelude("f32", y.dtype),
    constants: finish,
    params: { columns, splits },
    args: [y, parts, bias ?? parts],
    workgroups: linearWorkgroups(rows * columns, 64, ctx.caps),
    flops: rows * columns * splits,
  });
}

/** For the binding of a bias that is not there: any readable buffer of at least a vector of four. */
function unread(ctx: LowerContext, operand: Operand): Operand {
  return operand.dtype === "float32" ? operand : ctx.scratch(float32(4));
}

/**
 * Names of the kernels that an adapter can run, in variants of ops; the heuristic's choice first.
 * @param a the left operand: where it is float16, the right one may be rounded to that, too. Default: float32.
 */
export function gemmKernelsOn(
  { software, subgroupSize, subgroupMatrix }: DeviceCaps,
  a?: TensorSpec,
): (keyof GemmKernels)[] {
  if (subgroupSize === 0) return ["workgroup"];
  const exact: (keyof GemmKernels)[] = software ? ["subgroup", "workgroup"] : ["workgroup", "subgroup"];
  return subgroupMatrix && a?.dtype === "float16" ? ["tensor", ...exact] : exact;
}

/** By the last word of the op's variant, where one is asked for. */
export function gemmKernelOf({ caps, variant }: LowerContext, a: TensorSpec): keyof GemmKernels {
  const kernels = gemmKernelsOn(caps, a);
  const asked = variant?.split(" ").at(-1);
  return kernels.find((name) => name === asked) ?? kernels[0];
}

function chooseVariant(ctx: LowerContext, problem: Gemm): Variant {
  const { caps } = ctx;
  switch (gemmKernelOf(ctx, problem.a)) {
    case "subgroup":
      return subgroupVariant(caps.subgroupSize, problem);
    case "workgroup":
      return workgroupVariant(caps, problem);
    case "tensor":
      return tensorVariant({ ...caps, subgroupMatrix: caps.subgroupMatrix! }, problem);
  }
}

/** Steps below which a part of a sum is not worth a separate launch. */
const LEAST_STEPS = 128;

/** Where a whole matrix has too few tiles to keep the adapter busy, its sums are cut into parts. */
function splitsOf(tiles: number, { depth, columns, yStride = columns }: Gemm, parallelTiles: number): number {
  if (yStride !== columns) return 1;
  return Math.max(1, Math.min(Math.floor(depth / LEAST_STEPS), Math.floor(parallelTiles / tiles)));
}
