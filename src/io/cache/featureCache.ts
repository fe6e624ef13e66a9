/**
 * Features that were computed before, on disk: a file for each image, named by a hash of all that decides its values. Processes
 * may share it: files come and go whole. A file that is damaged counts as none.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf, WgraftError } from "../../errors.js";
import { callback, number, text } from "../../options/checks.js";
import { checkOptions } from "../../options/checkOptions.js";
import { optional, optionsOf } from "../../options/fields.js";
import { whenFilesAreFree } from "../openFiles.js";
import { writing } from "../writing.js";
import { cacheFolder } from "./folder.js";

export interface FeatureCacheOptions {
  /** Default: the user's. */
  path?: string;
  /** Bytes that it may take: those used longest ago go first. Default: `$WGRAFT_CACHE_MIB` (in MiB), or 4 GiB. */
  maxBytes?: number;
  /** Gets what is wrong, where nothing can be kept. Default: a warning of the process. */
  onNote?: (note: string) => void;
}

const table = optionsOf<FeatureCacheOptions>("featureCache").fields({
  path: optional(text),
  maxBytes: optional(number({ min: 0, name: "a number of bytes" })),
  onNote: optional(callback),
});

/** Bytes of the sha256 that a file begins with. */
const CHECKSUM = 32;
const DEFAULT_MIB = 4096;
/** Part of the bound that is left when files had to go, and that is written between two looks at the size. */
const [AFTER_TRIM, BETWEEN_TRIMS] = [0.9, 1 / 8];
/** Milliseconds: what is younger has not to be marked as used, and what is temporary and older is of a process that died. */
const HOUR = 3_600_000;

/**
 * Where the user's features are cached.
 * @example
 * console.log(featureCachePath());
 */
export function featureCachePath(): string {
  return join(cacheFolder(), "features");
}

/**
 * A feature cache for extraction and training.
 * @example
 * const { files } = await listImageFolder("photos/train");
 * const source = new ImageSource(files, { height: 32, width: 32 });
 * for await (const { stored } of extractFeatures(base, source, { store: featureCache() })) console.log(stored);
 */
export function featureCache(options?: FeatureCacheOptions): FeatureCache {
  return new FeatureCache(options);
}

interface CachedFile {
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds. */
  readonly used: number;
}

/** Features of images, in files. Made by `featureCache`. */
export class FeatureCache {
  readonly path: string;
  readonly maxBytes: number;
  private readonly onNote: (note: string) => void;
  private written = 0;
  private broken = false;
  private trimming: Promise<void> | undefined;

  constructor(options?: FeatureCacheOptions) {
    const { path, maxBytes, onNote } = checkOptions(table, options);
    this.path = path ?? featureCachePath();
    this.maxBytes = maxBytes ?? boundFromEnvironment();
    this.onNote = onNote ?? ((note) => process.emitWarning(note));
  }

  /** Whether there is a file for a key. It may be damaged, or gone the next moment. */
  async has(key: string): Promise<boolean> {
    return stat(this.fileOf(key)).then(
      (info) => info.isFile(),
      () => false,
    );
  }

  /** The values of a key; undefined where there are none that are sound. */
  async get(key: string): Promise<Float32Array | undefined> {
    const path = this.fileOf(key);
    const bytes = await whenFilesAreFree(() => readFile(path)).catch(() => undefined);
    if (!bytes) return undefined;
    const values = bytes.subarray(CHECKSUM);
    if (values.length % 4 !== 0 || !checksum(values).equals(bytes.subarray(0, CHECKSUM))) {
      await rm(path, { force: true }).catch(() => undefined);
      return undefined;
    }
    await this.markUsed(path);
    return new Float32Array(Uint8Array.from(values).buffer);
  }

  /** Keeps values. Where that fails, a note says so once, and nothing more is kept. */
  async put(key: string, values: Float32Array): Promise<void> {
    if (this.broken || values.byteLength > this.maxBytes) return;
    const path = this.fileOf(key);
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    const temporary = `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
    try {
      await mkdir(dirname(path), { recursive: true });
      // Not flushed to disk: what a crash leaves half written, the checksum finds out.
      await whenFilesAreFree(() => writeFile(temporary, Buffer.concat([checksum(bytes), bytes])));
      await rename(temporary, path);
    } catch (error) {
      if (!this.broken) this.onNote(`features are not cached: ${this.path}: ${messageOf(error)}`);
      this.broken = true;
      await rm(temporary, { force: true }).catch(() => undefined);
      return;
    }
    this.written += bytes.length + CHECKSUM;
    if (this.written > this.maxBytes * BETWEEN_TRIMS) await this.trim();
  }

  /** Removes the files that were used longest ago, where there is more than the bound. */
  async trim(): Promise<void> {
    this.written = 0;
    await (this.trimming ??= this.removeOldest().finally(() => (this.trimming = undefined)));
  }

  /** Files and their bytes. */
  async usage(): Promise<{ files: number; bytes: number }> {
    const { files } = await this.list();
    return { files: files.length, bytes: totalOf(files) };
  }

  /** Removes everything. @throws WgraftError `io` where that fails */
  async clear(): Promise<void> {
    await writing(this.path, () => rm(this.path, { recursive: true, force: true }));
  }

  private fileOf(key: string): string {
    return join(this.path, key.slice(0, 2), key.slice(2));
  }

  private async markUsed(path: string): Promise<void> {
    const now = new Date();
    const info = await stat(path).catch(() => undefined);
    if (info && now.getTime() - info.mtimeMs > HOUR) await utimes(path, now, now).catch(() => undefined);
  }

  private async removeOldest(): Promise<void> {
    const { files, abandoned } = await this.list();
    for (const path of abandoned) await rm(path, { force: true }).catch(() => undefined);
    let bytes = totalOf(files);
    if (bytes <= this.maxBytes) return;
    for (const file of files.sort((a, b) => a.used - b.used)) {
      if (bytes <= this.maxBytes * AFTER_TRIM) return;
      await rm(file.path, { force: true }).catch(() => undefined);
      bytes -= file.bytes;
    }
  }

  /** The files that are cached, and those that processes left when they died. */
  private async list(): Promise<{ files: CachedFile[]; abandoned: string[] }> {
    const files: CachedFile[] = [];
    const abandoned: string[] = [];
    for (const folder of await readdir(this.path).catch(() => [])) {
      for (const name of await readdir(join(this.path, folder)).catch(() => [])) {
        const path = join(this.path, folder, name);
        const info = await stat(path).catch(() => undefined);
        if (!info) continue;
        if (!name.endsWith(".tmp")) files.push({ path, bytes: info.size, used: info.mtimeMs });
        else if (Date.now() - info.mtimeMs > HOUR) abandoned.push(path);
      }
    }
    return { files, abandoned };
  }
}

function checksum(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function totalOf(files: readonly CachedFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

function boundFromEnvironment(): number {
  const given = process.env.WGRAFT_CACHE_MIB;
  if (given === undefined || given === "") return DEFAULT_MIB * 2 ** 20;
  const mebibytes = Number(given);
  if (mebibytes >= 0) return mebibytes * 2 ** 20;
  throw new WgraftError("usage", `WGRAFT_CACHE_MIB: expected a number of MiB, got ${JSON.stringify(given)}`);
}
