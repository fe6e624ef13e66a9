/** Tiles of the matrix product by subgroup matrices: wgsl/gemm/gemm_subgroup_matrix.wgsl. */
import type { DeviceCaps, SubgroupMatrix } from "../op.js";

/** What a subgroup computes: sums that fill about half of its registers. */
const [SUBGROUP_ROWS, SUBGROUP_COLUMNS] = [32, 64];

/** Steps of a panel, and unused elements between two lines of it. */
const [DEPTH, LINE_PADDING] = [32, 8];

/** Subgroups that cover a tile, down and across: a larger tile loads less for each product. */
const coverings = [
  { rows: 4, columns: 2 },
  { rows: 2, columns: 2 },
  { rows: 2, columns: 1 },
] as const;

export interface SubgroupMatrixTile {
  readonly rows: number;
  readonly columns: number;
  readonly prelude: readonly string[];
}

/**
 * The largest tile of which a [rows, columns] product has `parallelTiles`, else the smallest.
 * @param caps of an adapter with subgroup matrices
 */
export function subgroupMatrixTile(
  caps: DeviceCaps & { readonly subgroupMatrix: SubgroupMatrix },
  { rows, columns }: { readonly rows: number; readonly columns: number },
  parallelTiles: number,
): SubgroupMatrixTile {
  const valid = coverings.filter((covering) => fits(covering, caps));
  const covering =
    valid.find((c) => {
      const down = Math.ceil(rows / (c.rows * SUBGROUP_ROWS));
      return down * Math.ceil(columns / (c.columns * SUBGROUP_COLUMNS)) >= parallelTiles;
    }) ?? coverings[coverings.length - 1];
  const { m, n, k } = caps.subgroupMatrix;
  return {
    rows: covering.rows * SUBGROUP_ROWS,
    columns: covering.columns * SUBGROUP_COLUMNS,
    prelude: [
      `const lanes = ${caps.subgroupSize}u;`,
      `const matrix_m = ${m}u;`,
      `const matrix_n = ${n}u;`,
      `const matrix_k = ${k}u;`,
      `const row_subgroups = ${covering.rows}u;`,
      `const column_subgroups = ${covering.columns}u;`,
    ],
  };
}

/** Whether an adapter has the invocations and the workgroup memory. The smallest covering fits WebGPU's default limits. */
function fits(
  covering: { readonly rows: number; readonly columns: number },
  caps: DeviceCaps & { readonly subgroupMatrix: SubgroupMatrix },
): boolean {
  const { m, n } = caps.subgroupMatrix;
  const subgroups = covering.rows * covering.columns;
  const lines = covering.rows * SUBGROUP_ROWS + covering.columns * SUBGROUP_COLUMNS;
  // float16 panels whose lines are steps of a row or column, which pads the most lines, and float32 results.
  const bytes = 2 * lines * (DEPTH + LINE_PADDING) + 4 * subgroups * m * n;
  return (
    subgroups * caps.subgroupSize <= caps.maxComputeInvocationsPerWorkgroup &&
    bytes <= caps.maxComputeWorkgroupStorageSize
  );
}
