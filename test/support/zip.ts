/** Zip archives with any field as a test wants it. */
import { crc32, deflateRawSync } from "node:zlib";

export interface ZipEntry {
  name: string;
  content: Uint8Array | string;
  /** Default: stored. */
  deflate?: boolean;
  /** Fields of the archive's directory, in place of the right ones. */
  directory?: Partial<ZipFields>;
  /** Fields of the header before the content. */
  local?: Partial<ZipFields>;
}

interface ZipFields {
  name: string;
  flags: number;
  method: number;
  crc: number;
  /** Bytes in the archive. */
  packed: number;
  /** Bytes of the content. */
  size: number;
  /** Where the entry begins. */
  offset: number;
}

/** @param end fields of the end record: how many entries there are, and where their directory begins */
export function zip(
  entries: readonly ZipEntry[],
  end: { count?: number; directoryOffset?: number } = {},
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const content = Buffer.from(entry.content as Uint8Array);
    const packed = entry.deflate ? deflateRawSync(content, { level: 9 }) : content;
    const fields: ZipFields = {
      name: entry.name,
      flags: 0,
      method: entry.deflate ? 8 : 0,
      crc: crc32(content),
      packed: packed.length,
      size: content.length,
      offset,
    };
    const part = Buffer.concat([header(0x04034b50, { ...fields, ...entry.local }), packed]);
    parts.push(part);
    directory.push(header(0x02014b50, { ...fields, ...entry.directory }));
    offset += part.length;
  }
  const { count = entries.length, directoryOffset = offset } = end;
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(count, 8);
  record.writeUInt16LE(count, 10);
  record.writeUInt32LE(Buffer.concat(directory).length, 12);
  record.writeUInt32LE(directoryOffset, 16);
  return Buffer.concat([...parts, ...directory, record]);
}

/** The two headers of an entry have the same fields, the directory's with more around them. */
function header(signature: number, { name, flags, method, crc, packed, size, offset }: ZipFields): Buffer {
  const isDirectory = signature === 0x02014b50;
  const bytes = Buffer.alloc(isDirectory ? 46 : 30);
  const at = isDirectory ? 2 : 0;
  bytes.writeUInt32LE(signature, 0);
  bytes.writeUInt16LE(20, at + 4);
  bytes.writeUInt16LE(flags, at + 6);
  bytes.writeUInt16LE(method, at + 8);
  bytes.writeUInt32LE(crc, at + 14);
  bytes.writeUInt32LE(packed, at + 18);
  bytes.writeUInt32LE(size, at + 22);
  bytes.writeUInt16LE(Buffer.byteLength(name), at + 26);
  if (isDirectory) bytes.writeUInt32LE(offset, 42);
  return Buffer.concat([bytes, Buffer.from(name)]);
}
