import type { Hdf5Module, Metadata } from "../library.js";
import type { Budget } from "./refusal.js";

/**
 * `count` HDF5 strings at `pointer`: fixed-length ones, padded by NUL or space, or pointers to variable-length ones.
 * Both are taken as UTF-8, whatever they declare: Keras stores UTF-8 bytes in strings that h5py labels ASCII.
 */
export function decodeStrings(
  module: Hdf5Module,
  pointer: number,
  count: number,
  type: Metadata,
  budget: Budget,
): string[] {
  if (type.vlen) {
    const pointers = new DataView(module.HEAPU8.buffer, pointer, 4 * count);
    return Array.from({ length: count }, (_, i) => {
      const text = module.UTF8ToString(pointers.getUint32(4 * i, true));
      budget.take(text.length);
      return text;
    });
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
