/** The directory of a zip archive, and the bytes of its entries. yauzl parses; every position it reads at is checked here. */
import { createReadStream, read } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { createInflateRaw } from "node:zlib";
import { fromRandomAccessReaderPromise, RandomAccessReader, type Entry, type ZipFile } from "yauzl";

export type { Entry };

/** The compression method of what lies in an archive as it is. */
export const STORED = 0;

/** A 64-bit position past the largest that Node reads at would be thrown inside a callback of yauzl's, where nobody catches it. */
class CheckedReader extends RandomAccessReader {
  constructor(
    private readonly handle: FileHandle,
    private readonly byteLength: number,
  ) {
    super();
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    if (position + length > this.byteLength) {
      setImmediate(callback, new Error(`a place past the end of the file (${position})`));
      return;
    }
    read(this.handle.fd, buffer, offset, length, position, callback);
  }

  override close(callback: (error: Error | null) => void): void {
    this.handle.close().then(() => callback(null), callback);
  }
}

/** The caller closes it. */
export async function openZip(path: string): Promise<ZipFile> {
  const handle = await open(path, "r");
  const { size } = await handle.stat();
  const reader = new CheckedReader(handle, size);
  // Sizes are compared where entries are used.
  const options = { autoClose: false, validateEntrySizes: false };
  return fromRandomAccessReaderPromise(reader, size, options).catch(async (error: unknown) => {
    await handle.close();
    throw error;
  });
}

/** The content of an entry, block by block: it throws what zlib does, and does not look at sizes and checksums. */
export function contentOf(
  path: string,
  { compressionMethod, compressedSize }: Entry,
  start: number,
): Readable {
  const packed =
    compressedSize === 0
      ? Readable.from([])
      : createReadStream(path, { start, end: start + compressedSize - 1 });
  if (compressionMethod === STORED) return packed;
  // A failure of either ends the other; it is reported to whoever reads.
  return pipeline(packed, createInflateRaw(), () => undefined);
}
