/** What a matrix product is described by: its kernels, its operands and how they lie in memory. */
import type { Activation } from "../elementwise/activation.js";
import type { Kernel, Operand } from "../op.js";

/** The variants of a matrix multiplication over one pair of operands, storing one element at a time or four. */
export interface GemmKernels {
  readonly subgroup: StoreVariants;
  readonly workgroup: StoreVariants;
  /** By subgroup matrices. */
  readonly tensor: StoreVariants;
}

export type GemmKernel = keyof GemmKernels;

export interface StoreVariants {
  readonly ones: Kernel;
  readonly fours: Kernel;
}

/** How an operand lies in memory. */
export interface OperandLayout {
  /** Whether neighbouring elements differ in k rather than in row or column. */
  readonly contiguousInK: boolean;
  /** Whether four neighbours from any multiple of four on begin at an aligned element and belong to one run. */
  readonly fours: boolean;
  /** Elements from one step of a run to the next. */
  readonly stride: number;
}

/** Elements from one run to the next, by either digit of the run's number. */
export interface RunStrides {
  readonly inner: number;
  readonly outer: number;
}

/** The three digits of k: a step of a run, and the run's number as [outer, inner]. */
export interface Walk {
  /** Runs until the inner digit is full. */
  readonly innerRuns: number;
  /** What the digits count in the operands file, for one step or run. Default 1 each. */
  readonly units?: { readonly step?: number; readonly inner?: number; readonly outer?: number };
  readonly a: RunStrides;
  readonly b: RunStrides;
}

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
  /** Add to y's values instead of replacing them. Default false. */
  readonly accumulate?: boolean;
  readonly rows: number;
  readonly columns: number;
  /** Steps of the sum behind each element of y. */
  readonly depth: number;
  readonly runLength: number;
  /** y is [parts, rows, columns], the sums over equal parts of the steps, left apart. Default: one y, added up. */
  readonly parts?: number;
  readonly layout: { readonly a: OperandLayout; readonly b: OperandLayout };
  /** How runs follow each other. */
  readonly walk: Walk;
  /** `params` of the operands file. */
  readonly params: Readonly<Record<string, number>>;
}
