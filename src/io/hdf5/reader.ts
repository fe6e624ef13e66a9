/**
 * Reading HDF5 files that may come from anywhere. Each is parsed in its own thread, which is stopped when it takes
 * too long; sizes are bounded before memory is taken, only hard links are followed, and every failure is a `bad-input`
 * error with the file's path.
 */
import { resolve } from "node:path";
import { WgraftError } from "../../errors.js";
import { describeOtherFormat } from "../otherFormats.js";
import { readHead, statModelFile } from "../regularFile.js";
import { Hdf5Group } from "./group.js";
import { memoryFor, type ReadOptions } from "./limits.js";
import { OpenFile } from "./openFile.js";
import type { FileRange, FileToRead, GroupOutline } from "./protocol.js";
import { findSuperblock, HEAD_BYTES } from "./superblock.js";
import { takeThread } from "./thread.js";

/** Where an HDF5 file lies that is not a file under its own name. */
export interface Hdf5Source {
  /** What errors call it. Default: its path. */
  name?: string;
  /** The part of the file at the path that is an HDF5 file. Default: all of it. */
  range?: FileRange;
  /** Paths of groups that are of no use, and take time: `/optimizer_weights`. Default: none. */
  omit?: readonly string[];
}

/** Opens `path`, gives it to `use` and closes it whatever happens. */
export async function withHdf5<T>(
  path: string,
  use: (file: Hdf5File) => T | Promise<T>,
  options: ReadOptions = {},
): Promise<T> {
  const file = await openHdf5(path, options);
  try {
    return await use(file);
  } finally {
    file.close();
  }
}

/** Opens an HDF5 file for reading. The caller closes it. Throws `bad-input` when it is missing or not HDF5. */
export async function openHdf5(path: string, options: ReadOptions & Hdf5Source = {}): Promise<Hdf5File> {
  const { name = path, omit = [] } = options;
  const file = await inspect(path, options);
  const byteLength = file.range?.byteLength ?? file.byteLength;
  const memory = memoryFor(byteLength, options.limits);
  const opened = new Hdf5File(name, byteLength, await takeThread(), options);
  try {
    await opened.open({ kind: "open", file: { ...file, memory }, omit });
    return opened;
  } catch (error) {
    opened.close();
    throw error;
  }
}

export class Hdf5File extends OpenFile {
  get root(): Hdf5Group {
    return new Hdf5Group(this, "/", this.check(this.outline.objects[0]) as GroupOutline);
  }
}

/** @throws WgraftError that says what is wrong with a file that is not HDF5, in words that help */
async function inspect(
  path: string,
  { name = path, range }: Hdf5Source,
): Promise<Omit<FileToRead, "memory">> {
  const { size: byteLength } = await statModelFile(path);
  if (byteLength === 0) throw new WgraftError("bad-input", `${name}: the file is empty (zero bytes)`);
  const head = await readHead(path, HEAD_BYTES, range?.start);
  const superblock = findSuperblock(head);
  if (!superblock)
    throw new WgraftError("bad-input", `${name}: is not an HDF5 file${describeOtherFormat(path, head)}`);
  return { path: resolve(path), byteLength, range, lengthBytes: superblock.lengthBytes };
}
