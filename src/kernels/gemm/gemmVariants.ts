/** The ways to go about a matrix product: what a workgroup computes, and the prelude that its kernel takes. */
import type { DType, TensorSpec } from "../../tensor.js";
import type { Gemm, GemmKernel, OperandLayout, StoreVariants } from "./gemmProblem.js";
import { subgroupMatrixOf, subgroupMatrixTile } from "./gemmSubgroupMatrix.js";
import { tilingOf, type Product, type Tile } from "./gemmTiling.js";
import { workgroupTile } from "./gemmWorkgroup.js";
import { lanesOf, storedType, type ElementType } from "../common/launchUnits.js";
import type { DeviceCaps } from "../op.js";

export interface Variant {
  readonly kernels: StoreVariants;
  readonly prelude: readonly string[];
  readonly tilesPerWorkgroup: (tiles: number) => number;
  readonly constants: (tilesPerWorkgroup: number) => Readonly<Record<string, number>>;
  readonly tileRows: number;
  readonly tileColumns: number;
  /** Steps of a panel; 1 where operands are not brought in panels. */
  readonly depth: number;
  /** Parts that sums are cut into, about. */
  readonly splits: number;
}

/** Sums of four columns that a lane keeps: more do not stay in registers, or in a CPU's nearest cache. */
const MOST_SUMS = 32;

/** Invocations of a workgroup that every adapter runs. */
const MOST_INVOCATIONS = 256;

/**
 * A tile of 32 × 32 for a subgroup of 8. A larger one loads less for each multiply-add, but its sums no longer stay in
 * the nearest cache, and its code falls off a cliff in LLVM. Fewer rows where the matrix has no more.
 */
function subgroupVariant(caps: DeviceCaps, problem: Gemm): Variant {
  const { kernels, rows, layout, a, b } = problem;
  const lanes = caps.subgroupSize;
  const tile = subgroupTile(caps, rows);
  const rowLanes = tile.rows / 4;
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
    tileRows: tile.rows,
    tileColumns: tile.columns,
    depth: 1,
    splits: tilingOf(caps, [tile], problem).splits,
  };
}

function subgroupTile({ subgroupSize, software }: DeviceCaps, rows: number): Tile {
  const rowLanes = Math.min(subgroupSize, MOST_SUMS / 4, Math.ceil(rows / 4));
  // On a GPU without workgroup memory each load serves few multiply-adds.
  return { rows: 4 * rowLanes, columns: 4 * subgroupSize, efficiency: software ? 1 : 0.4 };
}

/** How the subgroup variant loads an operand. */
function loadPrelude(name: "a" | "b", dtype: DType, { fours, contiguousInK }: OperandLayout): string[] {
  const quads = fours ? (contiguousInK ? "along" : "across") : "0u";
  return [...operandPrelude(name, fours ? "vec4f" : "f32", dtype), `const ${name}_quads = ${quads};`];
}

/** How the variants with panels in workgroup memory load an operand. */
function panelPrelude(name: "a" | "b", dtype: DType, { fours, contiguousInK }: OperandLayout): string[] {
  return [
    ...operandPrelude(name, fours ? "vec4f" : "f32", dtype),
    `const ${name}_contiguous_in_k = ${contiguousInK};`,
  ];
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

/** A tile of 32 × 32 to 128 × 128 a workgroup. */
function workgroupVariant(caps: DeviceCaps, problem: Gemm): Variant {
  const tile = workgroupTile(caps, problem);
  return panelVariant(problem.kernels.workgroup, tile, problem);
}

/** A tile of up to 128 × 128 a workgroup, of factors rounded to the matrix's type. */
function tensorVariant(caps: DeviceCaps, problem: Gemm): Variant {
  const { a, b } = problem.layout;
  const matrix = subgroupMatrixOf(caps, problem.a)!;
  const tile = subgroupMatrixTile(caps, matrix, problem, a.fours && b.fours);
  return panelVariant(problem.kernels.tensor, tile, problem);
}

interface PanelTile {
  readonly depth: number;
  readonly prelude: readonly string[];
  readonly rows: number;
  readonly columns: number;
  readonly splits: number;
}

function panelVariant(kernels: StoreVariants, tile: PanelTile, { layout, a, b }: Gemm): Variant {
  return {
    kernels,
    prelude: [
      ...tile.prelude,
      ...panelPrelude("a", a.dtype, layout.a),
      ...panelPrelude("b", b.dtype, layout.b),
    ],
    tilesPerWorkgroup: () => 1,
    constants: () => ({}),
    tileRows: tile.rows,
    tileColumns: tile.columns,
    depth: tile.depth,
    splits: tile.splits,
  };
}

/** How each kernel computes a product on an adapter that has it. */
export const gemmVariants: Readonly<Record<GemmKernel, (caps: DeviceCaps, problem: Gemm) => Variant>> = {
  subgroup: subgroupVariant,
  workgroup: workgroupVariant,
  tensor: tensorVariant,
};

/** What a product takes by one of the kernels, estimated, in multiply-adds of an adapter that does nothing else. */
export function gemmCost(caps: DeviceCaps, kernel: GemmKernel, a: TensorSpec, product: Product): number {
  switch (kernel) {
    case "subgroup":
      return tilingOf(caps, [subgroupTile(caps, product.rows)], product).cost;
    case "workgroup":
      return workgroupTile(caps, product).cost;
    case "tensor":
      return subgroupMatrixTile(caps, subgroupMatrixOf(caps, a)!, product, true).cost;
  }
}
