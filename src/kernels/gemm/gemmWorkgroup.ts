/** Tiles of the matrix product through workgroup memory: wgsl/gemm/gemm_workgroup.wgsl. */
import type { DeviceCaps } from "../op.js";

/** Invocations of a workgroup, down and across; rows and columns of a quad; steps of a panel. */
const [SIDE, QUAD, DEPTH] = [16, 4, 16];

/** Quads of rows and of columns that an invocation keeps sums of: the larger, the less it loads for each product. */
const shapes = [
  { rowQuads: 2, columnQuads: 2 },
  { rowQuads: 2, columnQuads: 1 },
  { rowQuads: 1, columnQuads: 1 },
] as const;

type TileShape = (typeof shapes)[number];

/** What may be computed beyond the matrix, relative to what tiles of 64 × 64 compute. */
const MOST_WASTE = 1.25;

/** Bytes of workgroup memory that leave a GPU room for a second workgroup. */
const MOST_MEMORY = 32 * 1024;

export interface WorkgroupTile {
  readonly rows: number;
  readonly columns: number;
  /** Steps of a panel. */
  readonly depth: number;
  readonly prelude: readonly string[];
}

interface Matrices {
  /** Side by side. Default 1. */
  readonly parts?: number;
  readonly rows: number;
  readonly columns: number;
}

/**
 * The largest tile of which [parts, rows, columns] products have `parallelTiles`, without many rows or columns beyond
 * them, else the smallest.
 */
export function workgroupTile(
  { maxComputeWorkgroupStorageSize, software }: DeviceCaps,
  matrices: Matrices,
  parallelTiles: number,
): WorkgroupTile {
  const smallest = shapes[shapes.length - 1];
  const computed = (shape: TileShape) => tilesOf(matrices, shape) * rowsOf(shape) * columnsOf(shape);
  const shape =
    shapes.find(
      (one) =>
        panelBytes(one) <= maxComputeWorkgroupStorageSize &&
        tilesOf(matrices, one) >= parallelTiles &&
        computed(one) <= MOST_WASTE * computed(smallest),
    ) ?? smallest;
  return {
    rows: rowsOf(shape),
    columns: columnsOf(shape),
    depth: DEPTH,
    prelude: [
      `const row_quads = ${shape.rowQuads}u;`,
      `const column_quads = ${shape.columnQuads}u;`,
      `const buffers = ${2 * panelBytes(shape) <= Math.min(MOST_MEMORY, maxComputeWorkgroupStorageSize) ? 2 : 1}u;`,
      `const unrolled = ${!software};`,
    ],
  };
}

function rowsOf({ rowQuads }: TileShape): number {
  return SIDE * QUAD * rowQuads;
}

function columnsOf({ columnQuads }: TileShape): number {
  return SIDE * QUAD * columnQuads;
}

function tilesOf({ parts = 1, rows, columns }: Matrices, shape: TileShape): number {
  return parts * Math.ceil(rows / rowsOf(shape)) * Math.ceil(columns / columnsOf(shape));
}

/** Of both panels: quads of float32, and one unused a step. */
function panelBytes({ rowQuads, columnQuads }: TileShape): number {
  return 4 * QUAD * DEPTH * (SIDE * rowQuads + 1 + SIDE * columnQuads + 1);
}
