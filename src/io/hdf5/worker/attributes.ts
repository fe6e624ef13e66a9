/** The attributes of one group. */
import { TypeClass, type Metadata } from "../library.js";
import type { Attribute } from "../protocol.js";
import type { OpenFile } from "./openFile.js";
import { Refusal } from "./refusal.js";
import { decodeStrings } from "./strings.js";

/** What cannot be read is reported when it is asked for: Keras's files have attributes of other programs. */
export function readAttributes(file: OpenFile, path: string): Map<string, Attribute> {
  const names = file.read(path, () => file.module.get_attribute_names(file.id, path));
  return new Map(names.map((name) => [name, readAttribute(file, path, name)]));
}

function readAttribute(file: OpenFile, path: string, name: string): Attribute {
  const what = `attribute ${name} of ${path}`;
  try {
    const metadata = file.read(what, () => file.module.get_attribute_metadata(file.id, path, name));
    if (metadata.total_size === 0) return { kind: "empty" };
    const byteLength = metadata.total_size * metadata.size;
    // An attribute's value lies in the file as it is, uncompressed.
    if (byteLength > file.byteLength) throw new Refusal(`${what} declares more than the file contains`);
    return file.read(what, () =>
      file.library.withMemory(byteLength, (pointer): Attribute => {
        file.module.get_attribute_data(file.id, path, name, BigInt(pointer));
        try {
          return decode(file, what, pointer, metadata);
        } finally {
          if (metadata.vlen) file.module.reclaim_vlen_memory(file.id, path, name, BigInt(pointer));
        }
      }),
    );
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { kind: "problem", problem: error.message };
  }
}

function decode({ module, text }: OpenFile, what: string, pointer: number, metadata: Metadata): Attribute {
  const { type, size, signed, total_size: count } = metadata;
  if (type === TypeClass.string)
    return { kind: "text", values: decodeStrings(module, pointer, count, metadata, text) };
  const view = new DataView(module.HEAPU8.buffer, pointer, count * size);
  const read = numberReader(view, type, size, signed);
  if (!read) throw new Refusal(`${what} is neither text nor 32-bit or 64-bit numbers`);
  return { kind: "numbers", values: Array.from({ length: count }, (_, i) => read(size * i)) };
}

function numberReader(
  view: DataView,
  type: number,
  size: number,
  signed: boolean,
): ((at: number) => number) | undefined {
  if (type === TypeClass.float && size === 8) return (at) => view.getFloat64(at, true);
  if (type === TypeClass.float && size === 4) return (at) => view.getFloat32(at, true);
  if (type === TypeClass.integer && size === 8) return (at) => Number(view.getBigInt64(at, true));
  if (type !== TypeClass.integer || size !== 4) return undefined;
  return signed ? (at) => view.getInt32(at, true) : (at) => view.getUint32(at, true);
}
