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

export interface ZipFields {
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
  /** Of the directory's header. */
  extra: Uint8Array;
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
      extra: new Uint8Array(),
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

/** An archive with an end record of 64-bit fields, as those of more than 4 GiB have. */
export function zip64(archive: Buffer, fields: { record?: bigint; directory?: bigint } = {}): Buffer {
  const end = Buffer.from(archive.subarray(-22));
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(end.readUInt16LE(10)), 32);
  record.writeBigUInt64LE(BigInt(end.readUInt32LE(12)), 40);
  record.writeBigUInt64LE(fields.directory ?? BigInt(end.readUInt32LE(16)), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(fields.record ?? BigInt(archive.length - 22), 8);
  end.fill(0xff, 8, 20);
  return Buffer.concat([archive.subarray(0, -22), record, locator, end]);
}

/** The two headers of an entry have the same fields, the directory's with more around them. */
function header(signature: number, fields: ZipFields): Buffer {
  const { name, flags, method, crc, packed, size, offset, extra } = fields;
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
  if (!isDirectory) return Buffer.concat([bytes, Buffer.from(name)]);
  bytes.writeUInt16LE(extra.length, 30);
  bytes.writeUInt32LE(offset, 42);
  return Buffer.concat([bytes, Buffer.from(name), extra]);
}
