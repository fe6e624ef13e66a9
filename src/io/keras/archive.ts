/** A .keras file: a zip of metadata.json, config.json and model.weights.h5. */
import { rmSync } from "node:fs";
import { mkdtemp, open, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { ZipFile } from "yauzl";
import { z } from "zod";
import { messageOf, WgraftError } from "../../errors.js";
import type { FileRange } from "../hdf5/protocol.js";
import { findSuperblock, HEAD_BYTES } from "../hdf5/superblock.js";
import { parseJson } from "../json.js";
import { describeOtherArchive } from "../otherFormats.js";
import { readHead, statModelFile } from "../regularFile.js";
import { contentOf, openZip, STORED, type Entry } from "./zipFile.js";

const CONFIG = "config.json";
const METADATA = "metadata.json";
const WEIGHTS = "model.weights.h5";
const MAX_ENTRIES = 10_000;
const MAX_BYTES = { [METADATA]: 2 ** 20, [CONFIG]: 2 ** 25 };
/**
 * Unpacked to a temporary folder. What is stored as it is, Keras's way, is read in place and may be of any size. Weights take
 * about as much room packed: more than a share of zeros is a trap, which takes seconds and fills a disk.
 */
const maxUnpackedBytes = (packedBytes: number) => Math.min(2 ** 31, 2 ** 28 + 20 * packedBytes);
/** RFC 1951 allows no more. */
const MAX_DEFLATE_RATIO = 1032;
/** Bytes of the archive or of an entry that are read at once. */
const BLOCK_BYTES = 2 ** 20;
/** By how much an entry may be larger than the HDF5 file in it says it is, or smaller. */
const MAX_SLACK_BYTES = 2 ** 20;

export interface KerasArchive {
  /** The parsed config.json, not validated yet. */
  config: unknown;
  kerasVersion: string;
  /** The record of the model's origin that wgraft writes. */
  record?: unknown;
  /** Where model.weights.h5 lies: within the archive, or unpacked, since HDF5 needs a real file. */
  weights: { path: string; range?: FileRange };
  /** Deletes what was unpacked. */
  remove(): void;
}

const metadataSchema = z.looseObject({ keras_version: z.string(), wgraft: z.unknown().optional() });

/** Whether a file is an archive, by its first bytes. Throws `bad-input` for anything but a regular file. */
export async function isZip(path: string): Promise<boolean> {
  await statModelFile(path);
  return (await readHead(path, 4)).equals(Buffer.from("PK\x03\x04", "latin1"));
}

/**
 * Reads a .keras file; every entry that is used is checked against its checksum. Throws `bad-input`.
 * The caller calls `remove`.
 */
export async function openArchive(path: string): Promise<KerasArchive> {
  let zip: ZipFile | undefined;
  try {
    zip = await openZip(path);
    return await readArchive(new Archive(path, zip, await listEntries(path, zip)));
  } catch (cause) {
    if (cause instanceof WgraftError) throw cause;
    throw new WgraftError("bad-input", `${path}: damaged zip archive: ${messageOf(cause)}`, { cause });
  } finally {
    zip?.close();
  }
}

/** By name. Which of two entries of one name counts differs from program to program: a way to show one what another reads. */
async function listEntries(path: string, zip: ZipFile): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) {
    const { fileName } = entry;
    if (entries.has(fileName))
      throw new WgraftError("bad-input", `${path}: has two entries named ${fileName}`);
    if (entries.size === MAX_ENTRIES)
      throw new WgraftError("bad-input", `${path}: has more than ${MAX_ENTRIES} entries`);
    entries.set(fileName, entry);
  }
  return entries;
}

async function readArchive(archive: Archive): Promise<KerasArchive> {
  const config = await archive.json(CONFIG, "model configuration");
  const metadata = metadataSchema.safeParse(await archive.json(METADATA, METADATA));
  if (!metadata.success) throw archive.error(`its ${METADATA} has no keras_version`);
  const weights = await archive.weights();
  const { keras_version: kerasVersion, wgraft: record } = metadata.data;
  return { config, kerasVersion, record, ...weights };
}

class Archive {
  constructor(
    private readonly path: string,
    private readonly zip: ZipFile,
    private readonly entries: ReadonlyMap<string, Entry>,
  ) {}

  async json(name: keyof typeof MAX_BYTES, what: string): Promise<unknown> {
    const entry = this.entry(name, MAX_BYTES[name]);
    const blocks: Buffer[] = [];
    await this.inflate(entry, (block) => void blocks.push(block));
    return parseJson(new TextDecoder().decode(Buffer.concat(blocks)), this.path, what);
  }

  async weights(): Promise<Pick<KerasArchive, "weights" | "remove">> {
    const entry = this.entry(WEIGHTS, Infinity);
    if (entry.compressionMethod !== STORED) return this.unpackWeights(entry);
    const range = { start: await this.dataStart(entry), byteLength: entry.compressedSize };
    const file = await open(this.path, "r");
    try {
      this.checkSum(entry, await checksumOf(file, range));
    } finally {
      await file.close();
    }
    return { weights: { path: this.path, range }, remove: () => undefined };
  }

  error(message: string, cause?: unknown): WgraftError {
    return new WgraftError("bad-input", `${this.path}: ${message}`, { cause });
  }

  /** The entry of a name, if it is one that may be read. */
  private entry(name: string, limit: number): Entry {
    const entry = this.entries.get(name);
    if (!entry) {
      // Zipped with the folder around it. Backslashes in names, as Windows wrote them, are slashes by now.
      const inFolder = [...this.entries.keys()].find((path) => path.endsWith(`/${name}`));
      const hint =
        inFolder === undefined
          ? describeOtherArchive([...this.entries.keys()])
          : `; its ${inFolder} has to be at the top of the archive`;
      const what = name === WEIGHTS ? `contains no ${name}` : `is not a .keras file: it contains no ${name}`;
      throw this.error(what + hint);
    }
    const { compressedSize, uncompressedSize: size } = entry;
    if (entry.isEncrypted()) throw this.error(`its ${name} is encrypted`);
    if (!entry.canDecodeFileData())
      throw this.error(
        `its ${name} is compressed by method ${entry.compressionMethod}; only deflate is read`,
      );
    if (size > Math.min(limit, compressedSize * MAX_DEFLATE_RATIO))
      throw this.error(`its ${name} declares ${size} bytes`);
    if (entry.compressionMethod === STORED && size !== compressedSize)
      throw this.error(`damaged zip archive: ${name} has two sizes`);
    return entry;
  }

  /** Where the entry's bytes begin. Throws where they go on past the end of the file. */
  private async dataStart(entry: Entry): Promise<number> {
    const { fileDataStart, fileName } = await this.zip.readLocalFileHeaderPromise(entry);
    if (!fileName.equals(entry.fileNameRaw))
      throw this.error(`damaged zip archive: ${entry.fileName} has two names`);
    return fileDataStart;
  }

  /** Gives an entry's bytes to `use`, block by block. */
  private async inflate(entry: Entry, use: (block: Buffer) => unknown): Promise<void> {
    const start = await this.dataStart(entry);
    let checksum = 0;
    let left = entry.uncompressedSize;
    for await (const block of contentOf(this.path, entry, start) as AsyncIterable<Buffer>) {
      left -= block.length;
      if (left < 0) break;
      checksum = crc32(block, checksum);
      await use(block);
    }
    if (left !== 0)
      throw this.error(`damaged zip archive: ${entry.fileName} has another size than it declares`);
    this.checkSum(entry, checksum);
  }

  private checkSum({ crc32: expected, fileName }: Entry, got: number): void {
    if (got !== expected) throw this.error(`damaged zip archive: the checksum of ${fileName} is wrong`);
  }

  private async unpackWeights(entry: Entry): Promise<Pick<KerasArchive, "weights" | "remove">> {
    const { uncompressedSize: size, compressedSize } = entry;
    const limit = maxUnpackedBytes(compressedSize);
    if (size > limit)
      throw this.error(
        `its ${WEIGHTS} has ${size} bytes when unpacked, more than the limit of ${limit}; store it uncompressed, as Keras does`,
      );
    const folder = await mkdtemp(join(tmpdir(), "wgraft-keras-"));
    const remove = () => rmSync(folder, { recursive: true, force: true });
    const path = join(folder, WEIGHTS);
    try {
      await this.unpack(entry, path);
      return { weights: { path }, remove };
    } catch (cause) {
      remove();
      throw cause;
    }
  }

  private async unpack(entry: Entry, path: string): Promise<void> {
    const file = await open(path, "wx", 0o600);
    try {
      let head = Buffer.alloc(0);
      await this.inflate(entry, async (block) => {
        if (head.length < HEAD_BYTES) {
          head = Buffer.concat([head, block]);
          this.checkEnd(entry, head);
        }
        await file.writeFile(block);
      });
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code !== "ENOSPC" && code !== "EDQUOT") throw cause;
      throw new WgraftError("io", `cannot unpack ${this.path} to ${path}: ${message}`, { cause });
    } finally {
      await file.close();
    }
  }

  /** The rest of an entry that goes on for long after its HDF5 file is there to fill a disk; HDF5 refuses one that ends before. */
  private checkEnd({ uncompressedSize }: Entry, head: Buffer): void {
    const end = findSuperblock(head)?.endOfFile;
    if (end !== undefined && Math.abs(uncompressedSize - end) > MAX_SLACK_BYTES)
      throw this.error(`its ${WEIGHTS} declares ${uncompressedSize} bytes, of which HDF5 uses ${end}`);
  }
}

async function checksumOf(file: FileHandle, { start, byteLength }: FileRange): Promise<number> {
  let checksum = 0;
  const block = Buffer.alloc(Math.min(BLOCK_BYTES, byteLength));
  for (let done = 0; done < byteLength;) {
    const { bytesRead } = await file.read(block, 0, Math.min(block.length, byteLength - done), start + done);
    if (bytesRead === 0) throw new Error("unexpected end of file");
    checksum = crc32(block.subarray(0, bytesRead), checksum);
    done += bytesRead;
  }
  return checksum;
}
