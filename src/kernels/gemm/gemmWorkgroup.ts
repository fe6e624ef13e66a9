/** Tiles of the matrix product through workgroup memory: wgsl/gemm/gemm_workgroup.wgsl. */
import type { DeviceCaps } from "../op.js";
import { tilingOf, type Product, type Tile, type Tiling } from "./gemmTiling.js";

/** Rows and columns of a quad; steps of a panel. */
const [QUAD, DEPTH] = [4, 16];

/** Invocations of a workgroup, down and across; quads of rows and of columns that each keeps sums of. */
interface Shape {
  readonly side: number;
  readonly rowQuads: number;
  readonly columnQuads: number;
}

/** The more sums an invocation keeps, the less it loads for each product. Efficiencies as AMD's compiler makes them. */
const tiles: readonly (Tile & Shape)[] = [
  { side: 16, rowQuads: 2, columnQuads: 2, efficiency: 0.92 },
  { side: 16, rowQuads: 2, columnQuads: 1, efficiency: 0.9 },
  { side: 16, rowQuads: 1, columnQuads: 1, efficiency: 0.84 },
  { side: 8, rowQuads: 1, columnQuads: 1, efficiency: 0.7 },
].map((shape) => ({
  ...shape,
  rows: shape.side * QUAD * shape.rowQuads,
  columns: shape.side * QUAD * shape.columnQuads,
}));

/** Bytes of workgroup memory that leave a GPU room for a second workgroup. */
const MOST_MEMORY = 32 * 1024;

export interface WorkgroupTile extends Omit<Tiling<Tile>, "tile"> {
  readonly rows: number;
  readonly columns: number;
  /** Steps of a panel. */
  readonly depth: number;
  readonly prelude: readonly string[];
}

/** The tile that an estimate takes for a product, of those that fit the adapter's workgroup memory. */
export function workgroupTile(caps: DeviceCaps, product: Product): WorkgroupTile {
  const memory = caps.maxComputeWorkgroupStorageSize;
  const { tile, splits, cost } = tilingOf(
    caps,
    tiles.filter((one) => panelBytes(one) <= memory),
    product,
  );
  const buffers = 2 * panelBytes(tile) <= Math.min(MOST_MEMORY, memory) ? 2 : 1;
  return {
    rows: tile.rows,
    columns: tile.columns,
    splits,
    cost,
    depth: DEPTH,
    prelude: [
      `const side = ${tile.side}u;`,
      `const row_quads = ${tile.rowQuads}u;`,
      `const column_quads = ${tile.columnQuads}u;`,
      `const buffers = ${buffers}u;`,
      `const unrolled = ${!caps.software};`,
    ],
  };
}

/** Of both panels: quads of float32, and one unused a step. */
function panelBytes({ side, rowQuads, columnQuads }: Shape): number {
  return 4 * QUAD * DEPTH * (side * rowQuads + 1 + side * columnQuads + 1);
}
