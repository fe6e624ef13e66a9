/**
 * Lists of names are HDF5 attributes, and an attribute has at most 64 KiB: like Keras, longer lists are cut into
 * `layer_names0`, `layer_names1`, … (keras/src/legacy/saving/legacy_h5_format.py).
 */
import { WgraftError } from "../../errors.js";
import { largest } from "../../tensor.js";
import type { Hdf5Group } from "./group.js";
import type { Hdf5Writer } from "./writer.js";

/** HDF5's limit for an object header, as Keras sets it. */
const MAX_ATTRIBUTE_BYTES = 64_512;

/** The names in attribute `name`, whole or cut; undefined when there is none. */
export function readNameList(group: Hdf5Group, name: string): string[] | undefined {
  if (group.hasAttribute(name)) return group.strings(name);
  if (!group.hasAttribute(`${name}0`)) return undefined;
  const names: string[] = [];
  for (let i = 0; group.hasAttribute(`${name}${i}`); i++)
    for (const part of group.strings(`${name}${i}`)!) names.push(part);
  return names;
}

/** Writes a list of names in as few attributes as Keras would. */
export function writeNameList(
  writer: Hdf5Writer,
  path: string,
  name: string,
  values: readonly string[],
): void {
  const longest = largest(
    values.map((value) => Buffer.byteLength(value)),
    0,
  );
  if (longest > MAX_ATTRIBUTE_BYTES) {
    throw new WgraftError(
      "not-supported",
      `${name} of ${path}: a name of ${longest} bytes does not fit HDF5's limit`,
    );
  }
  // Fixed-length strings: each takes the room of the longest.
  const perAttribute = Math.floor(MAX_ATTRIBUTE_BYTES / Math.max(1, longest));
  if (values.length <= perAttribute) return writer.textList(path, name, values);
  for (let i = 0; i * perAttribute < values.length; i++) {
    writer.textList(path, `${name}${i}`, values.slice(i * perAttribute, (i + 1) * perAttribute));
  }
}
