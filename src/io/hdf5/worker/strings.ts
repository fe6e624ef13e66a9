import type { Hdf5Module, Metadata } from "../library.js";
import { Refusal } from "./openFile.js";

/**
 * How much text of variable length may still be read. It lies in the file as it is, each piece once, so there cannot be
 * more of it than the file has bytes; pieces that are named many times over would take any amount of memory.
 */
export class TextBudget {
  constructor(private left: number) {}

  take(text: string): string {
    this.left -= text.length;
    if (this.left < 0) throw new Refusal("has more text than bytes");
    return text;
  }
}

/**
 * `count` HDF5 strings at `pointer`: fixed-length ones, padded by NUL or space, or pointers to variable-length ones.
 * Both are taken as UTF-8, whatever they declare: Keras stores UTF-8 bytes in strings that h5py labels ASCII.
 */
export function decodeStrings(
  module: Hdf5Module,
  pointer: number,
  count: number,
  type: Metadata,
  budget: TextBudget,
): string[] {
  if (type.vlen) {
    const pointers = new DataView(module.HEAPU8.buffer, pointer, 4 * count);
    return Array.from({ length: count }, (_, i) =>
      budget.take(module.UTF8ToString(pointers.getUint32(4 * i, true))),
    );
  }
  return Array.from({ length: count }, (_, i) => {
    const start = pointer + i * type.size;
    const bytes = Buffer.from(module.HEAPU8.subarray(start, start + type.size));
    const end = bytes.indexOf(0);
    const text = bytes.toString("utf8", 0, end < 0 ? type.size : end);
    return type.strpad === SPACE_PADDED ? text.trimEnd() : text;
  });
}

/** H5T_STR_SPACEPAD */
const SPACE_PADDED = 2;
