/** Tiles of the matrix product by subgroup matrices: wgsl/gemm/gemm_subgroup_matrix.wgsl. */
import { bytesOf, type TensorSpec } from "../../tensor.js";
import type { DeviceCaps, SubgroupMatrix } from "../op.js";
import { tilingOf, type Product, type Tile, type Tiling } from "./gemmTiling.js";

/** What a subgroup computes: sums that fill about half of its registers. */
const [SUBGROUP_ROWS, SUBGROUP_COLUMNS] = [32, 64];

/** Bytes of a panel's line, and unused ones between two lines. */
const [LINE_BYTES, PADDING_BYTES] = [64, 16];

/** Subgroups that cover a tile, down and across: a larger tile loads less for each product. Efficiencies are guesses. */
const coverings = [
  { down: 4, across: 2, efficiency: 1 },
  { down: 2, across: 2, efficiency: 0.88 },
  { down: 2, across: 1, efficiency: 0.75 },
].map((covering) => ({
  ...covering,
  rows: covering.down * SUBGROUP_ROWS,
  columns: covering.across * SUBGROUP_COLUMNS,
}));

type Covering = (typeof coverings)[number];

/** How much faster units multiply matrices than others do numbers. Apple's multiply float32 by the same units, with fewer instructions. */
const speeds = { float16: 4, float32: 1 } as const;

export interface SubgroupMatrixTile extends Omit<Tiling<Tile>, "tile"> {
  readonly rows: number;
  readonly columns: number;
  /** Steps of a panel. */
  readonly depth: number;
  readonly prelude: readonly string[];
}

/**
 * The product of matrices that an adapter computes a product with whose left operand is `a`: of float16 matrices where it is
 * float16, else of float32, which lose nothing. Undefined where the adapter has none, or no room for a tile.
 */
export function subgroupMatrixOf(caps: DeviceCaps, a: TensorSpec): SubgroupMatrix | undefined {
  return caps.subgroupMatrices
    ?.filter(({ factors }) => factors === "float32" || factors === a.dtype)
    .sort((one, other) => bytesOf(one.factors) - bytesOf(other.factors))
    .find((matrix) => coverings.some((covering) => fits(covering, caps, matrix)));
}

/**
 * The tile that an estimate takes for a product, of those that an adapter has room for.
 * @param fours whether loads bring four elements of either operand. Else they take more registers, and twice the invocations
 */
export function subgroupMatrixTile(
  caps: DeviceCaps,
  matrix: SubgroupMatrix,
  product: Product,
  fours: boolean,
): SubgroupMatrixTile {
  const valid = coverings
    .filter((covering) => fits(covering, caps, matrix))
    .map((covering) => ({ ...covering, efficiency: speeds[matrix.factors] * covering.efficiency }));
  const least = fours ? LEAST_INVOCATIONS : 2 * LEAST_INVOCATIONS;
  const spacious = valid.filter(({ down, across }) => down * across * matrix.lanes >= least);
  const { tile, splits, cost } = tilingOf(caps, spacious.length > 0 ? spacious : valid, product);
  return {
    rows: tile.rows,
    columns: tile.columns,
    splits,
    cost,
    depth: depthOf(matrix),
    prelude: [
      `alias Factor = ${matrix.factors === "float16" ? "f16" : "f32"};`,
      `const depth = ${depthOf(matrix)}u;`,
      `const padding = ${PADDING_BYTES / bytesOf(matrix.factors)}u;`,
      `const lanes = ${matrix.lanes}u;`,
      `const matrix_m = ${matrix.m}u;`,
      `const matrix_n = ${matrix.n}u;`,
      `const matrix_k = ${matrix.k}u;`,
      `const row_subgroups = ${tile.down}u;`,
      `const column_subgroups = ${tile.across}u;`,
    ],
  };
}

/** Steps of a panel. */
function depthOf({ factors }: SubgroupMatrix): number {
  return LINE_BYTES / bytesOf(factors);
}

/** Invocations below which each brings more of the panels than stays in registers: of Intel's small subgroups none are enough. */
const LEAST_INVOCATIONS = 128;

/** Whether an adapter has the invocations and the workgroup memory. */
function fits(covering: Covering, caps: DeviceCaps, matrix: SubgroupMatrix): boolean {
  const subgroups = covering.down * covering.across;
  const invocations = subgroups * matrix.lanes;
  const lines = covering.rows + covering.columns;
  const bytes = lines * (LINE_BYTES + PADDING_BYTES) + 4 * subgroups * matrix.m * matrix.n;
  return (
    invocations >= LEAST_INVOCATIONS &&
    invocations <= caps.maxComputeInvocationsPerWorkgroup &&
    bytes <= caps.maxComputeWorkgroupStorageSize
  );
}
