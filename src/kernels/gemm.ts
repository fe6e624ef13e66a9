/** Matrix multiplication with generated operands (implicit GEMM): what convolutions and `matMul` have in common. */
import gemm from "../../wgsl/common/gemm.wgsl";
import gemmSubgroup from "../../wgsl/common/gemm_subgroup.wgsl";
import gemmWorkgroup from "../../wgsl/common/gemm_workgroup.wgsl";
import linearIndex from "../../wgsl/common/linear_index.wgsl";
import gemmReduceSource from "../../wgsl/gemm_reduce.wgsl";
import { activate, activationCodes, type Activation } from "./activation.js";
import {
  float32,
  linearWorkgroups,
  type DeviceCaps,
  type Kernel,
  type LowerContext,
  type Operand,
} from "./op.js";

/** The variants of a matrix multiplication over one pair of operands. */
export interface GemmKernels {
  readonly subgroup: Kernel;
  readonly workgroup: Kernel;
}

/** Kernels over the operands that `operands` describes; wgsl/common/gemm.wgsl says how. */
export function gemmKernels(name: string, operands: string): GemmKernels {
  const common = linearIndex + activate + gemm + operands;
  const access = ["read_write", "read", "read", "read"] as const;
  return {
    subgroup: {
      name: `${name}_subgroup`,
      source: common + gemmSubgroup,
      access,
      enables: ["subgroups"],
    },
    workgroup: { name: `${name}_workgroup`, source: common + gemmWorkgroup, access },
  };
}

const gemmReduceKernel: Kernel = {
  name: "gemm_reduce",
  source: linearIndex + activate + gemmReduceSource,
  access: ["read_write", "read", "read"],
};

export interface Gemm {
  readonly kernels: GemmKernels;
  /** [rows, columns], C order. */
  readonly y: Operand;
  /** Elements from one row of y to the next, where y is a window of a wider matrix. Default: columns. */
  readonly yStride?: number;
  readonly a: Operand;
  readonly b: Operand;
  /** [columns] */
  readonly bias?: Operand;
  /** Default "linear". */
  readonly activation?: Activation;
  /** Add to what y holds. Default false. */
  readonly accumulate?: boolean;
  readonly rows: number;
  readonly columns: number;
  /** Steps of the sum behind each element of y. */
  readonly depth: number;
  /** y is [parts, rows, columns], the sums over equal parts of the steps, left apart. Default: one y, added up. */
  readonly parts?: number;
  /** Whether neighbouring elements of an operand differ in k rather than in row or column. */
  readonly contiguousInK: { readonly a: boolean; readonly b: boolean };
  /** Override constants of the operands file. */
  readonly constants: Readonly<Record<string, number>>;
}

/** y = activation(A·B + bias). Launches nothing for a y without elements. */
export function launchGemm(ctx: LowerContext, problem: Gemm): void {
  const { y, bias, rows, columns, yStride = columns, activation = "linear", accumulate = false } = problem;
  if (rows * columns === 0) return;
  const variant = chooseVariant(ctx.caps, problem);
  const finish = {
    has_bias: Number(bias !== undefined),
    accumulate: Number(accumulate),
    activation: activationCodes[activation],
  };
  const tiles = Math.ceil(rows / variant.tileRows) * Math.ceil(columns / variant.tileColumns);
  const splits = problem.parts ?? splitsOf(tiles, problem, variant.parallelTiles);
  const reduced = splits > 1 && problem.parts === undefined;
  const parts = reduced ? ctx.scratch(float32(splits, rows, columns)) : y;
  ctx.launch({
    kernel: variant.kernel,
    prelude: ["alias T = f32;", ...variant.prelude].join("\n"),
    constants: {
      ...problem.constants,
      ...variant.constants,
      columns,
      y_stride: yStride,
      splits,
      ...(reduced ? {} : finish),
    },
    // Without a bias its binding is never read; any readable buffer will do.
    args: [parts, problem.a, problem.b, bias ?? problem.b],
    workgroups: linearWorkgroups(tiles * splits, 1, ctx.caps),
    flops: 2 * rows * columns * problem.depth,
  });
  if (!reduced) return;
  ctx.launch({
    kernel: gemmReduceKernel,
    prelude: "alias T = f32;",
    constants: { ...finish, columns, splits },
    args: [y, parts, bias ?? parts],
    workgroups: linearWorkgroups(rows * columns, 64, ctx.caps),
    flops: rows * columns * splits,
  });
}

interface Variant {
  readonly kernel: Kernel;
  readonly prelude: readonly string[];
  readonly constants: Readonly<Record<string, number>>;
  readonly tileRows: number;
  readonly tileColumns: number;
  /** Workgroups that keep the adapter busy. */
  readonly parallelTiles: number;
}

function chooseVariant(caps: DeviceCaps, problem: Gemm): Variant {
  return caps.software && caps.subgroupSize > 0
    ? subgroupVariant(caps.subgroupSize, problem)
    : workgroupVariant(problem);
}

/**
 * A tile of about 16 × 32 a subgroup. A larger one loads less for each multiply-add, but its sums no longer stay in the
 * nearest caches, and it compiles for seconds. Fewer blocks where the matrix has no more; a matrix of up to 24 rows is
 * one tile high, so that the right factor is read once; one of very few rows gets more columns instead.
 */
function subgroupVariant(lanes: number, { kernels, rows, columns }: Gemm): Variant {
  const blocks = (size: number, most: number) =>
    Math.max(1, Math.min(Math.round(most / lanes), Math.ceil(size / lanes)));
  const rowBlocks = blocks(rows, rows <= 24 ? 24 : 16);
  const columnBlocks = blocks(columns, rowBlocks === 1 ? 64 : 32);
  return {
    kernel: kernels.subgroup,
    prelude: [
      `const lanes = ${lanes}u;`,
      `const row_blocks = ${rowBlocks}u;`,
      `const column_blocks = ${columnBlocks}u;`,
    ],
    constants: {},
    tileRows: lanes * rowBlocks,
    tileColumns: lanes * columnBlocks,
    parallelTiles: 8,
  };
}

/** A tile of 64 × 64 a workgroup. */
function workgroupVariant({ kernels, contiguousInK }: Gemm): Variant {
  return {
    kernel: kernels.workgroup,
    prelude: [],
    constants: {
      a_contiguous_in_k: Number(contiguousInK.a),
      b_contiguous_in_k: Number(contiguousInK.b),
    },
    tileRows: 64,
    tileColumns: 64,
    parallelTiles: 128,
  };
}

/** Steps below which a part of a sum is not worth a launch of its own. */
const LEAST_STEPS = 128;

/** Where a whole matrix has too few tiles to keep the adapter busy, its sums are cut into parts. */
function splitsOf(tiles: number, { depth, columns, yStride = columns }: Gemm, parallelTiles: number): number {
  if (yStride !== columns) return 1;
  return Math.max(1, Math.min(Math.floor(depth / LEAST_STEPS), Math.floor(parallelTiles / tiles)));
}
