/** Matrix multiplication with generated operands (implicit GEMM): what convolutions and `matMul` have in common. */
import gemm from "../../../wgsl/gemm/gemm.wgsl";
import storeFours from "../../../wgsl/gemm/gemm_store_fours.wgsl";
import storeOnes from "../../../wgsl/gemm/gemm_store_ones.wgsl";
import gemmPanels from "../../../wgsl/gemm/gemm_panels.wgsl";
import gemmSubgroup from "../../../wgsl/gemm/gemm_subgroup.wgsl";
import gemmSubgroupMatrix from "../../../wgsl/gemm/gemm_subgroup_matrix.wgsl";
import gemmWorkgroup from "../../../wgsl/gemm/gemm_workgroup.wgsl";
import linearIndex from "../../../wgsl/common/linear_index.wgsl";
import gemmReduceSource from "../../../wgsl/gemm/gemm_reduce.wgsl";
import type { TensorSpec } from "../../tensor.js";
import { activate, activationCode } from "../elementwise/activation.js";
import { subgroupMatrixOf } from "./gemmSubgroupMatrix.js";
import { gemmVariants, type Variant } from "./gemmVariants.js";
import type { Gemm, GemmKernel, GemmKernels } from "./gemmProblem.js";
import { walkParams, walkParamsOf } from "./gemmWalk.js";
import { invocationKernel } from "../common/elementKernel.js";
import { elementPrelude, ROW_WORKGROUP_SIZE } from "../common/launchUnits.js";
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
  const access = ["read_write", "read", "read", "read"] as const;
  const source = linearIndex + activate + gemm + operands;
  const all = [...sizes, ...params];
  const variants = (variant: string, main: string, kernel: Pick<Kernel, "params" | "enables">) => ({
    ones: { ...kernel, access, name: `${name}_${variant}`, source: source + storeOnes + main },
    fours: { ...kernel, access, name: `${name}_${variant}_fours`, source: source + storeFours + main },
  });
  const panels = [...all, ...walkParams];
  return {
    subgroup: variants("subgroup", gemmSubgroup, {
      params: all,
      enables: ["subgroups", "subgroup_size_control"],
    }),
    workgroup: variants("workgroup", gemmPanels + gemmWorkgroup, { params: panels }),
    tensor: variants("tensor", gemmPanels + gemmSubgroupMatrix, {
      params: panels,
      enables: ["subgroups", "subgroup_size_control", "chromium_experimental_subgroup_matrix"],
    }),
  };
}

const gemmReduceKernel = invocationKernel(
  "gemm_reduce",
  activate + gemmReduceSource,
  ["read_write", "read", "read"],
  ["columns", "splits"],
);

/** y = activation(A·B + bias), by one of `gemmKernelsOn`. Launches nothing for a y without elements. */
export function launchGemm(ctx: LowerContext, kernel: GemmKernel, problem: Gemm): void {
  const { y, bias, rows, columns, yStride = columns, activation = "linear", accumulate = false } = problem;
  if (rows * columns === 0) return;
  const variant = gemmVariants[kernel](ctx.caps, problem);
  const stores = columns % 4 === 0 && yStride % 4 === 0 ? "fours" : "ones";
  const finish = {
    has_bias: Number(bias !== undefined),
    accumulate: Number(accumulate),
    activation: activationCode(activation),
  };
  const tiles = Math.ceil(rows / variant.tileRows) * Math.ceil(columns / variant.tileColumns);
  const { splits, splitSteps } = partsOf(problem, variant);
  const reduced = splits > 1 && problem.parts === undefined;
  const parts = reduced ? ctx.scratch(float32(splits, rows, columns)) : y;
  const perWorkgroup = variant.tilesPerWorkgroup(tiles * splits);
  ctx.launch({
    kernel: variant.kernels[stores],
    prelude: [
      elementPrelude(stores === "fours" ? "vec4f" : "f32", parts.dtype),
      ...variant.prelude,
      ...wholePanels(problem, splitSteps, variant),
    ].join("\n"),
    constants: { ...variant.constants(perWorkgroup), ...(reduced ? {} : finish) },
    params: {
      ...problem.params,
      rows,
      columns,
      y_stride: yStride,
      splits,
      split_steps: splitSteps,
      run_length: problem.runLength,
      a_stride: problem.layout.a.stride,
      b_stride: problem.layout.b.stride,
      ...(variant.depth > 1 && walkParamsOf(problem, variant.depth)),
    },
    args: [parts, problem.a, problem.b, bias ?? unread(ctx, problem.b)],
    workgroups: linearWorkgroups(tiles * splits, perWorkgroup, ctx.caps),
    flops: 2 * rows * columns * problem.depth,
  });
  if (!reduced) return;
  ctx.launch({
    kernel: gemmReduceKernel,
    prelude: elementPrelude("f32", y.dtype),
    constants: { ...finish, workgroup_size: ROW_WORKGROUP_SIZE },
    params: { columns, splits },
    args: [y, parts, bias ?? parts],
    workgroups: linearWorkgroups(rows * columns, ROW_WORKGROUP_SIZE, ctx.caps),
    flops: rows * columns * splits,
  });
}

/** For the binding of a bias that is not there: any readable buffer of at least a vector of four. */
function unread(ctx: LowerContext, operand: Operand): Operand {
  return operand.dtype === "float32" ? operand : ctx.scratch(float32(4));
}

/**
 * The kernels that an adapter can run, the heuristic's choice first.
 * @param a the left operand: where it is float16, the right one may be rounded to that, too
 */
export function gemmKernelsOn(caps: DeviceCaps, a: TensorSpec): GemmKernel[] {
  const { software, subgroupSize } = caps;
  if (subgroupSize === 0) return ["workgroup"];
  const others: GemmKernel[] = software ? ["subgroup", "workgroup"] : ["workgroup", "subgroup"];
  return subgroupMatrixOf(caps, a) ? ["tensor", ...others] : others;
}

/** Whether loads need not look at the step: each part of k is whole panels. */
function wholePanels({ depth }: Gemm, splitSteps: number, variant: Variant): string[] {
  if (variant.depth === 1) return [];
  return [`const whole_panels = ${[depth, splitSteps].every((steps) => steps % variant.depth === 0)};`];
}

/** The parts that k is cut into: whole panels where it consists of such, else of whole fours, which loads may bring. */
function partsOf({ depth, parts }: Gemm, variant: Variant): { splits: number; splitSteps: number } {
  if (parts !== undefined) return { splits: parts, splitSteps: depth / parts };
  const unit = depth % variant.depth === 0 ? Math.max(4, variant.depth) : 4;
  const splitSteps = unit * Math.ceil(depth / (unit * variant.splits));
  return { splits: Math.ceil(depth / splitSteps), splitSteps };
}
