/** How a matrix product is cut into workgroups: tiles of its result, and parts of its sums. */
import { bytesOf } from "../../tensor.js";
import type { DeviceCaps } from "../op.js";
import type { Gemm } from "./gemmProblem.js";

/** What a workgroup computes. */
export interface Tile {
  readonly rows: number;
  readonly columns: number;
  /** Multiply-adds for each instruction of the main loop. */
  readonly efficiency: number;
}

export type Product = Pick<Gemm, "parts" | "rows" | "columns" | "depth" | "yStride">;

/** Steps below which a part of a sum is not worth a separate workgroup. */
const LEAST_STEPS = 128;

/** Multiply-adds in the time that a float32 element takes to memory or back: 10¹³ a second, and 500 GB. */
export const ELEMENT_COST = 80;

/** Bytes of all parts together. */
const MOST_PART_BYTES = 64 * 2 ** 20;

export interface Tiling<T extends Tile> {
  readonly tile: T;
  /** Parts that sums are cut into. */
  readonly splits: number;
  /** In multiply-adds of an adapter that does nothing else. */
  readonly cost: number;
}

/**
 * The tile, and the parts that sums are cut into, that an estimate takes to be fastest: instructions, more where not all of the
 * adapter is busy, and the time to write parts and add them up. Of those alike the first tile and the fewest parts.
 */
export function tilingOf<T extends Tile>(caps: DeviceCaps, tiles: readonly T[], product: Product): Tiling<T> {
  let [tile, splits, least] = [tiles[0], 1, Infinity];
  for (const candidate of tiles) {
    for (const parts of partsOf(caps, product)) {
      const cost = costOf(caps, candidate, parts, product);
      if (cost < least) [tile, splits, least] = [candidate, parts, cost];
    }
  }
  return { tile, splits, cost: least };
}

/** Numbers of parts that sums may be cut into: powers of two. */
function partsOf(caps: DeviceCaps, { parts, rows, columns, depth, yStride = columns }: Product): number[] {
  if (parts !== undefined || yStride !== columns) return [1];
  const room =
    Math.min(MOST_PART_BYTES, caps.maxStorageBufferBindingSize) / (bytesOf("float32") * rows * columns);
  const most = Math.max(1, Math.min(depth / LEAST_STEPS, room));
  return Array.from({ length: 1 + Math.floor(Math.log2(most)) }, (_, i) => 2 ** i);
}

function costOf(
  { busyWorkgroups }: DeviceCaps,
  { rows: tileRows, columns: tileColumns, efficiency }: Tile,
  splits: number,
  { parts = 1, rows, columns, depth }: Product,
): number {
  const tiles = parts * Math.ceil(rows / tileRows) * Math.ceil(columns / tileColumns);
  const instructions = (tiles * tileRows * tileColumns * (depth / parts)) / efficiency;
  const busy = Math.min(1, (tiles * splits) / busyWorkgroups);
  const elements = splits > 1 ? (2 * splits + 1) * rows * columns : 0;
  return instructions / busy + ELEMENT_COST * elements;
}
