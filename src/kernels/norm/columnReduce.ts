/** Reductions of a matrix to sums of some kind, one a column, as a tree: the same on every run, and fit for a GPU. */
import columnParts from "../../../wgsl/norm/column_parts.wgsl";
import columnReduce from "../../../wgsl/norm/column_reduce.wgsl";
import rowsOfParts from "../../../wgsl/norm/rows_of_parts.wgsl";
import { invocationKernel } from "../common/elementKernel.js";
import { elementType, lanesOf, ROW_WORKGROUP_SIZE, storedType } from "../common/launchUnits.js";
import { bindingRanges, bytesPer, sliceRange } from "../common/ranges.js";
import {
  float32,
  linearWorkgroups,
  type Access,
  type Kernel,
  type LowerContext,
  type Operand,
} from "../op.js";

/** The kernels of a reduction: its first level, those between, its last. */
export interface ColumnKernels {
  readonly ofRows: Kernel;
  readonly between: Kernel;
  readonly last: Kernel;
  /** Numbers that a sum consists of. */
  readonly numbers: number;
}

/**
 * @param sum WGSL of the sum: `Sum`, `empty` and `merge` (wgsl/norm/column_reduce.wgsl)
 * @param ofRows WGSL of `load`, with the bindings from 1 on, `reads` of them
 * @param last WGSL of `store`, with two outputs as bindings 0 and 2
 */
export function columnKernels(
  name: string,
  { sum, ofRows, last }: { readonly sum: string; readonly ofRows: string; readonly last: string },
  { reads, numbers }: { readonly reads: number; readonly numbers: number },
): ColumnKernels {
  const params = ["rows", "columns", "block", "parts", "first_part", "first_row"];
  const kernel = (suffix: string, source: string, access: readonly Access[]) =>
    invocationKernel(name + suffix, sum + columnReduce + source, access, params);
  return {
    numbers,
    ofRows: kernel("", columnParts + ofRows, ["read_write", ...Array<"read">(reads).fill("read")]),
    between: kernel("_of_parts", columnParts + rowsOfParts, ["read_write", "read"]),
    last: kernel("_last", rowsOfParts + last, ["read_write", "read", "read_write"]),
  };
}

export interface ColumnReduction {
  readonly op: string;
  readonly kernels: ColumnKernels;
  readonly rows: number;
  readonly columns: number;
  /** Matrices [rows, columns]: the bindings from 1 on… */
  readonly matrices: readonly Operand[];
  /** … and after them [columns] each. */
  readonly vectors?: readonly Operand[];
  /** [columns] each. */
  readonly outputs: readonly [Operand, Operand];
  /** Columns that the first level treats alike, and that a vector must not reach beyond. Default: any four. */
  readonly period?: number;
  /** `override` constants of the first level; those that count columns must be divided by `lanes`, the columns in a `T`. */
  readonly constants?: (lanes: number) => Readonly<Record<string, number>>;
  readonly flopsPerElement: number;
}

/** Rows that one invocation reduces: few enough that a GPU has plenty of invocations, a multiple of four. */
const BLOCK = 64;
/** Rows that the last level may have. */
const LAST = 128;

/** Launches a reduction, over as many ranges of rows as the binding limit asks for. */
export function reduceColumns(ctx: LowerContext, reduction: ColumnReduction): void {
  const {
    op,
    kernels,
    rows,
    columns,
    matrices,
    vectors = [],
    outputs,
    period = 4,
    constants,
    flopsPerElement,
  } = reduction;
  const type = elementType(columns, period);
  const lanes = lanesOf(type);
  const units = columns / lanes;
  const prelude = `alias T = ${type};`;
  const partial = (parts: number) => ctx.scratch(float32(parts, columns, kernels.numbers));
  const level = (count: number, block: number, firstPart = 0, firstRow = 0) => {
    const parts = Math.ceil(count / block);
    return {
      constants: { workgroup_size: ROW_WORKGROUP_SIZE },
      params: { rows: count, columns: units, block, parts, first_part: firstPart, first_row: firstRow },
      workgroups: linearWorkgroups(parts * units, ROW_WORKGROUP_SIZE, ctx.caps),
    };
  };

  const ranges = bindingRanges(
    op,
    ctx.caps,
    rows,
    matrices.map((matrix) => bytesPer(matrix, rows)),
  );
  let parts = ranges.reduce((sum, { count }) => sum + Math.ceil(count / BLOCK), 0);
  let sums = partial(parts);
  let firstPart = 0;
  for (const range of ranges) {
    const own = level(range.count, BLOCK, firstPart, range.start);
    ctx.launch({
      kernel: kernels.ofRows,
      prelude: `${prelude}\nalias StoredX = ${storedType(type, matrices[0].dtype)};`,
      ...own,
      constants: { ...own.constants, ...constants?.(lanes) },
      args: [sums, ...matrices.map((matrix) => sliceRange(matrix, range, rows)), ...vectors],
      flops: flopsPerElement * range.count * columns,
    });
    firstPart += Math.ceil(range.count / BLOCK);
  }
  while (parts > LAST) {
    const before = sums;
    sums = partial(Math.ceil(parts / BLOCK));
    ctx.launch({ kernel: kernels.between, prelude, ...level(parts, BLOCK), args: [sums, before] });
    parts = Math.ceil(parts / BLOCK);
  }
  const block = 4 * Math.ceil(parts / 4);
  ctx.launch({
    kernel: kernels.last,
    prelude,
    ...level(parts, block),
    args: [outputs[0], sums, outputs[1]],
  });
}
