/** The ways to go about a matrix product: what a workgroup computes, and the prelude that its kernel takes. */
import type { DType } from "../tensor.js";
import type { Gemm, OperandLayout, StoreVariants } from "./gemm.js";
import { subgroupMatrixTile } from "./gemmSubgroupMatrix.js";
import { lanesOf, storedType, type ElementType } from "./launchUnits.js";

export interface Variant {
  readonly kernels: StoreVariants;
  readonly prelude: readonly string[];
  readonly tilesPerWorkgroup: (tiles: number) => number;
  readonly constants: (tilesPerWorkgroup: number) => Readonly<Record<string, number>>;
  readonly tileRows: number;
  readonly tileColumns: number;
  /** Workgroups that keep the adapter busy. */
  readonly parallelTiles: number;
}

/** Sums of four columns that a lane keeps: more do not stay in registers, or in a CPU's nearest cache. */
const MOST_SUMS = 32;

/** Invocations of a workgroup that every adapter runs. */
const MOST_INVOCATIONS = 256;

/**
 * A tile of 32 × 32 for a subgroup of 8. A larger one loads less for each multiply-add, but its sums no longer stay in
 * the nearest cache, and its code falls off a cliff in LLVM. Fewer rows where the matrix has no more.
 */
export function subgroupVariant(lanes: number, { kernels, rows, layout, a, b }: Gemm): Variant {
  const rowLanes = Math.min(lanes, MOST_SUMS / 4, Math.ceil(rows / 4));
  return {
    kernels: kernels.subgroup,
    prelude: [
      `const lanes = ${lanes}u;`,
      `const row_lanes = ${rowLanes}u;`,
      ...loadPrelude("a", a.dtype, layout.a),
      ...loadPrelude("b", b.dtype, layout.b),
    ],
    // At least sixteen workgroups, to keep a few cores busy.
    tilesPerWorkgroup: (tiles) =>
      Math.max(1, Math.min(8, MOST_INVOCATIONS / lanes, 2 ** Math.floor(Math.log2(tiles / 16)))),
    constants: (subgroups) => ({ subgroups }),
    tileRows: 4 * rowLanes,
    tileColumns: 4 * lanes,
    parallelTiles: 8,
  };
}

/** How the subgroup variant loads an operand. */
function loadPrelude(name: "a" | "b", dtype: DType, { fours, contiguousInK }: OperandLayout): string[] {
  const quads = fours ? (contiguousInK ? "along" : "across") : "0u";
  return [...operandPrelude(name, fours ? "vec4f" : "f32", dtype), `const ${name}_quads = ${quads};`];
}

/** What an operand is loaded as, and what that is in memory. */
function operandPrelude(name: "a" | "b", type: ElementType, dtype: DType): string[] {
  const alias = name.toUpperCase();
  return [
    `alias ${alias} = ${type};`,
    `alias Stored${alias} = ${storedType(type, dtype)};`,
    `const ${name}_width = ${lanesOf(type)}u;`,
  ];
}

/** A tile of 64 × 64 a workgroup. */
export function workgroupVariant({ kernels, layout, a, b }: Gemm): Variant {
  return {
    kernels: kernels.workgroup,
    prelude: [...operandPrelude("a", "f32", a.dtype), ...operandPrelude("b", "f32", b.dtype)],
    tilesPerWorkgroup: () => 1,
    constants: () => ({
      a_contiguous_in_k: Number(layout.a.contiguousInK),
      b_contiguous_in_k: Number(layout.b.contiguousInK),
    }),
    tileRows: 64,
    tileColumns: 64,
    parallelTiles: 128,
  };
}

/** A tile of up to 128 × 128 a workgroup, of factors rounded to float16. */
export function tensorVariant(
  caps: Parameters<typeof subgroupMatrixTile>[0],
  { kernels, rows, columns, layout, a, b }: Gemm,
): Variant {
  const parallelTiles = 128;
  const tile = subgroupMatrixTile(caps, { rows, columns }, parallelTiles);
  return {
    kernels: kernels.tensor,
    prelude: [
      ...tile.prelude,
      `const a_contiguous_in_k = ${layout.a.contiguousInK};`,
      `const b_contiguous_in_k = ${layout.b.contiguousInK};`,
      ...operandPrelude("a", layout.a.fours ? "vec4f" : "f32", a.dtype),
      ...operandPrelude("b", layout.b.fours ? "vec4f" : "f32", b.dtype),
    ],
    tilesPerWorkgroup: () => 1,
    constants: () => ({}),
    tileRows: tile.rows,
    tileColumns: tile.columns,
    parallelTiles,
  };
}
