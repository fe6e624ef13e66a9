/**
 * Reading HDF5 files that may come from anywhere: sizes are bounded before memory is taken, only hard links are followed,
 * and every failure is a `bad-input` error with the file's path.
 */
import { open, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf, WgraftError } from "../../errors.js";
import { Hdf5Group } from "./group.js";
import { loadHdf5 } from "./library.js";
import { OpenFile } from "./openFile.js";

/** Opens `path`, gives it to `use` and closes it whatever happens. */
export async function withHdf5<T>(path: string, use: (file: Hdf5File) => T | Promise<T>): Promise<T> {
  const file = await openHdf5(path);
  try {
    return await use(file);
  } finally {
    file.close();
  }
}

/**
 * Opens an HDF5 file for reading. The caller closes it. Throws `bad-input` when it is missing or not HDF5.
 *
 * @param name what errors call the file. Default: its path.
 */
export async function openHdf5(path: string, name: string = path): Promise<Hdf5File> {
  const byteLength = await checkSignature(path);
  const library = await loadHdf5();
  try {
    return new Hdf5File(name, byteLength, library, library.open(resolve(path), "r"));
  } catch (cause) {
    throw new WgraftError("bad-input", `${name}: damaged or truncated HDF5 file: ${messageOf(cause)}`, {
      cause,
    });
  }
}

export class Hdf5File extends OpenFile {
  readonly root = new Hdf5Group(this, "/");
}

const SIGNATURE = Buffer.from([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Says what is wrong with a file that is not HDF5, in words that help; returns its size in bytes. */
async function checkSignature(path: string): Promise<number> {
  const info = await stat(path).catch(() => undefined);
  if (!info) throw new WgraftError("bad-input", `${path}: no such file`);
  if (info.isDirectory())
    throw new WgraftError("bad-input", `${path}: is a folder; name the .h5 file in it (of a run, model.h5)`);
  if (!info.isFile()) throw new WgraftError("bad-input", `${path}: is not a file`);
  if (info.size === 0) throw new WgraftError("bad-input", `${path}: the file is empty (zero bytes)`);
  const head = Buffer.alloc(2048 + SIGNATURE.length);
  const handle = await open(path, "r").catch((cause: unknown) => {
    throw new WgraftError("bad-input", `${path}: cannot be read: ${messageOf(cause)}`, { cause });
  });
  try {
    await handle.read(head, 0, head.length, 0);
  } finally {
    await handle.close();
  }
  // A file may begin with a block of its owner's, of 512 bytes or a power of two times that.
  if ([0, 512, 1024, 2048].some((at) => head.subarray(at, at + SIGNATURE.length).equals(SIGNATURE)))
    return info.size;
  throw new WgraftError("bad-input", `${path}: is not an HDF5 file${guessContent(head)}`);
}

function guessContent(head: Buffer): string {
  const text = head.toString("latin1").trimStart();
  if (text.startsWith("<")) return "; it looks like an HTML page, the download probably failed";
  if (text.startsWith("version https://git-lfs")) return "; it is a Git LFS pointer, fetch the file itself";
  if (text.startsWith("PK\x03\x04")) return "; it is a zip archive";
  return "";
}
