/**
 * Files are written whole or not at all: into a temporary file of the same folder, flushed to disk, then renamed over
 * the target. A reader never sees half a file, and a failure leaves what was there before.
 */
import { randomBytes } from "node:crypto";
import { access, constants, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import writeFile from "write-file-atomic";
import { WgraftError } from "../errors.js";
import { writing } from "./writing.js";

/** Writes `data` to `path`, whole or not at all. Throws `io` when the folder is missing or not writable. */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  await checkTarget(path);
  const bytes = typeof data === "string" ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  await writing(path, () => writeFile(path, bytes));
}

/**
 * For writers that need a real path (HDF5): `write` fills the temporary file it is given; the target is replaced when it
 * succeeds, and the temporary file is removed when it throws.
 */
export async function replaceAtomically<T>(
  path: string,
  write: (temporaryPath: string) => Promise<T>,
): Promise<T> {
  const file = await AtomicFile.begin(path);
  try {
    const result = await write(file.temporaryPath);
    await file.commit();
    return result;
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** The same in two halves, for a writer that stays open over many calls. */
export class AtomicFile {
  private constructor(
    readonly path: string,
    readonly temporaryPath: string,
  ) {}

  /** Throws `io` when the target's folder is missing or not writable. Creates nothing yet. */
  static async begin(path: string): Promise<AtomicFile> {
    await checkTarget(path);
    const target = resolve(path);
    const unique = `${process.pid}.${randomBytes(4).toString("hex")}`;
    return new AtomicFile(path, join(dirname(target), `.${basename(target)}.${unique}.tmp`));
  }

  /** Flushes the temporary file and moves it to its place. The caller has closed it. */
  async commit(): Promise<void> {
    await writing(this.path, async () => {
      await flush(this.temporaryPath, "r+");
      await rename(this.temporaryPath, this.path);
    });
    // The rename itself is durable once the folder is flushed; some systems cannot open a folder, and lose nothing but that.
    await flush(dirname(resolve(this.path)), "r").catch(() => undefined);
  }

  async discard(): Promise<void> {
    await rm(this.temporaryPath, { force: true });
  }
}

async function flush(path: string, flags: "r" | "r+"): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function checkTarget(path: string): Promise<void> {
  const folder = dirname(resolve(path));
  const found = await stat(folder).catch(() => undefined);
  if (!found) throw new WgraftError("io", `cannot write ${path}: the folder ${folder} does not exist`);
  if (!found.isDirectory()) throw new WgraftError("io", `cannot write ${path}: ${folder} is not a folder`);
  try {
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw new WgraftError("io", `cannot write ${path}: the folder ${folder} is not writable`, { cause });
  }
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory()) throw new WgraftError("io", `cannot write ${path}: it is a folder`);
}
