/** Products of matrices that are laid out for them beforehand, in panels. */
import linearIndex from "../../../wgsl/common/linear_index.wgsl";
import panelProduct from "../../../wgsl/winograd/panel_product.wgsl";
import { launchGemm } from "../gemm/gemm.js";
import type { GemmKernel } from "../gemm/gemmProblem.js";
import { matMulKernels } from "../gemm/matMul.js";
import { linearWorkgroups, type DeviceCaps, type Kernel, type LowerContext, type Operand } from "../op.js";

const panelKernel: Kernel = {
  name: "panel_product",
  source: linearIndex + panelProduct,
  access: ["read_write", "read", "read"],
  params: ["rows", "columns_in_fours", "depth", "parts", "row_panels", "column_panels"],
  enables: ["subgroups", "subgroup_size_control"],
};

/** Rows of A, or columns of B, that lie side by side at every step of the sum: [part, panel, step, row of the panel]. */
export interface PanelWidths {
  readonly rows: number;
  readonly columns: number;
}

/** Which operands lie the other way round, [part, row or column, step], as GPUs read and write them best where steps are channels. */
export interface AlongSteps {
  readonly a: boolean;
  readonly b: boolean;
}

export interface PanelProduct {
  /** Of gemm.ts. */
  readonly kernel: GemmKernel;
  readonly widths: PanelWidths;
  /** [part, rows, columns, to the next multiple of four] */
  readonly y: Operand;
  readonly a: Operand;
  readonly b: Operand;
  readonly parts: number;
  readonly rows: number;
  readonly columns: number;
  /** Steps of the sum; even. */
  readonly depth: number;
  /** Default: neither. Not with the kernel "subgroup". */
  readonly alongSteps?: AlongSteps;
  /** Add to y's values instead of replacing them. Default false. */
  readonly accumulate?: boolean;
}

/** A lane's four rows go round by shuffles at most this often. */
const MOST_ROW_LANES = 8;

/** Invocations of a workgroup that every adapter runs. */
const MOST_INVOCATIONS = 256;

/** The panels that a kernel reads: those of a subgroup's tiles, or whole matrices. */
export function panelWidths(
  kernel: GemmKernel,
  { subgroupSize }: DeviceCaps,
  rows: number,
  columns: number,
): PanelWidths {
  if (kernel !== "subgroup") return { rows: inFours(rows), columns: inFours(columns) };
  const most = Math.min(subgroupSize, MOST_ROW_LANES);
  const panels = Math.ceil(rows / (4 * most));
  // As many rows in each panel, so that the last one is not nearly empty.
  return { rows: 4 * Math.ceil(rows / panels / 4), columns: 4 * subgroupSize };
}

/** Elements of a part of an operand: `size` rows or columns in whole panels. */
export function panelElements(width: number, size: number, depth: number): number {
  return Math.ceil(size / width) * width * depth;
}

/** y = A · B, for every part. */
export function launchPanelProduct(ctx: LowerContext, product: PanelProduct): void {
  const { kernel, widths, y, a, b, parts, rows, columns, depth, accumulate = false } = product;
  const { alongSteps = { a: false, b: false } } = product;
  if (kernel !== "subgroup") {
    const ofA = matrixLayout(alongSteps.a, widths.rows, depth);
    const ofB = matrixLayout(alongSteps.b, widths.columns, depth);
    launchGemm(ctx, kernel, {
      kernels: matMulKernels,
      y,
      a,
      b,
      accumulate,
      rows,
      columns: inFours(columns),
      depth: parts * depth,
      parts,
      runLength: depth,
      layout: {
        a: { contiguousInK: alongSteps.a, fours: true, stride: ofA.step },
        b: { contiguousInK: alongSteps.b, fours: true, stride: ofB.step },
      },
      walk: {
        innerRuns: 1,
        a: { inner: 0, outer: ofA.part },
        b: { inner: 0, outer: ofB.part },
      },
      params: {
        runs: parts,
        a_run_stride: ofA.part,
        a_row_stride: ofA.line,
        b_run_stride: ofB.part,
        b_column_stride: ofB.line,
      },
    });
    return;
  }
  const [rowPanels, columnPanels] = [Math.ceil(rows / widths.rows), Math.ceil(columns / widths.columns)];
  const tiles = parts * rowPanels * columnPanels;
  const lanes = ctx.caps.subgroupSize;
  const subgroups = tiles >= 64 && 2 * lanes <= MOST_INVOCATIONS ? 2 : 1;
  ctx.launch({
    kernel: panelKernel,
    prelude: `const lanes = ${lanes}u;\nconst row_lanes = ${widths.rows / 4}u;`,
    constants: { subgroups, accumulate: Number(accumulate) },
    params: {
      rows,
      columns_in_fours: inFours(columns) / 4,
      depth,
      parts,
      row_panels: rowPanels,
      column_panels: columnPanels,
    },
    args: [y, a, b],
    workgroups: linearWorkgroups(tiles, subgroups, ctx.caps),
    flops: 2 * parts * rows * columns * depth,
  });
}

/** Elements from one step, from one row or column, and from one part to the next. */
function matrixLayout(alongSteps: boolean, width: number, depth: number) {
  return alongSteps
    ? { step: 1, line: depth, part: depth * width }
    : { step: width, line: 1, part: depth * width };
}

/** The next multiple of four. */
export function inFours(count: number): number {
  return 4 * Math.ceil(count / 4);
}
