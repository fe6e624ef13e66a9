/** Finds published weights where Keras keeps them, or downloads them there: into `$KERAS_HOME` or `~/.keras`, `models/`. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { messageOf, throwIfAborted, WgraftError } from "../../errors.js";
import { download, type DownloadProgress } from "./download.js";
import { withHdf5 } from "../hdf5/reader.js";
import { statRegularFile } from "../regularFile.js";
import { readNameList } from "../hdf5/nameLists.js";
import { makeFolder } from "../writing.js";

/** A file that someone publishes: of weights, unless it is said otherwise. */
export interface PublishedWeights {
  /** In Keras's cache. */
  readonly name: string;
  readonly url: string;
  /** In hexadecimal, where it is published. */
  readonly md5?: string;
}

export interface CacheOptions {
  /** Default: `$KERAS_HOME`, or `~/.keras`. */
  kerasHome?: string;
  /** Never touch the network. Default: false. */
  offline?: boolean;
  onProgress?: (progress: DownloadProgress) => void;
  /** Stops a download, which goes on where it was the next time. */
  signal?: AbortSignal;
  /** What the file must have, in hexadecimal. Default: the published md5; where there is none, the sha256 of the first time. */
  sha256?: string;
  /** Gets the sha256 of a file without a published hash, the first time that it is used. */
  onNote?: (note: string) => void;
}

/**
 * The path of published weights on this machine, checked against their hash.
 * @throws WgraftError `bad-input` for a file that is not what it is called, `io` when it cannot be had, `aborted`
 */
export async function cachedWeights(file: PublishedWeights, options: CacheOptions = {}): Promise<string> {
  return cached(file, "weights", checkWeights, options);
}

/**
 * The same of a file that is known by its hash alone.
 * @param what the file is, for errors: "class index"
 */
export async function cachedFile(
  file: Required<PublishedWeights>,
  what: string,
  options: CacheOptions = {},
): Promise<string> {
  return cached(file, what, (path, { md5 }, advice) => checkHash(path, md5!, advice), options);
}

type FileCheck = (path: string, file: PublishedWeights, advice: string) => Promise<void>;

async function cached(
  file: PublishedWeights,
  what: string,
  check: FileCheck,
  options: CacheOptions,
): Promise<string> {
  const { name, url } = file;
  const folder = join(options.kerasHome ?? process.env.KERAS_HOME ?? join(homedir(), ".keras"), "models");
  const path = join(folder, name);
  if (await stat(path).catch(() => undefined)) {
    const advice = `delete it to download it again, or name it as the ${what} file to use it as it is`;
    await checkGiven(path, options.sha256, advice);
    await check(path, file, advice);
    await checkRemembered(path, file, advice, options);
    return path;
  }
  if (options.offline) {
    throw new WgraftError(
      "io",
      `no ${what} at ${path}, and downloads are off; fetch ${url} by hand and put it there`,
    );
  }
  throwIfAborted(options.signal);
  await makeFolder(folder);
  const partial = `${path}.part`;
  await download(url, partial, options);
  try {
    const advice = "it was deleted; try again";
    await checkGiven(partial, options.sha256, advice);
    await check(partial, file, advice);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await rename(partial, path);
  await rm(rememberedHash(path), { force: true });
  await checkRemembered(path, file, "", options);
  return path;
}

/** Where the sha256 of a file is kept that has no published hash, in the format of sha256sum. */
function rememberedHash(path: string): string {
  return `${path}.sha256`;
}

/** A file without a published hash must stay what it was when it was first used. */
async function checkRemembered(
  path: string,
  { md5, name }: PublishedWeights,
  advice: string,
  { sha256: given, onNote }: CacheOptions,
): Promise<void> {
  if (md5 !== undefined || given !== undefined) return;
  const place = rememberedHash(path);
  const got = await sha256OfFile(path);
  const [remembered] = (await readFile(place, "utf8").catch(() => "")).split(/\s/);
  if (remembered === got) return;
  if (remembered !== "") {
    const why = `${path} is another file than when it was first used: its sha256 is ${got}, not ${remembered} (${place})`;
    throw new WgraftError("bad-input", `${why}; ${advice}`, { expected: remembered, got });
  }
  const kept = await writeFile(place, `${got}  ${name}\n`).then(
    () => `kept in ${place}, and checked from now on`,
    (error: unknown) => `it cannot be kept: ${messageOf(error)}`,
  );
  onNote?.(`${name}: no hash of it is published; its sha256 is ${got}: ${kept}`);
}

/** @param sha256 that the file must have; undefined if none was given */
async function checkGiven(path: string, sha256: string | undefined, advice: string): Promise<void> {
  if (sha256 === undefined) return;
  const got = await sha256OfFile(path);
  if (got === sha256.toLowerCase()) return;
  const what = `${path}: its sha256 is ${got}, not ${sha256}; ${advice}`;
  throw new WgraftError("bad-input", what, { expected: sha256, got });
}

async function checkWeights(path: string, { md5 }: PublishedWeights, advice: string): Promise<void> {
  if (md5 !== undefined) {
    const hintOf = () => withHdf5(path, () => "").catch((error: unknown) => ` (${messageOf(error)})`);
    await checkHash(path, md5, advice, hintOf);
    return;
  }
  await withHdf5(path, (file) => {
    const layers = readNameList(file.root, "layer_names");
    if (!layers) throw file.error(`contains no weights; ${advice}`);
    for (const layer of layers) {
      const group = file.root.group(layer);
      for (const weight of (group && readNameList(group, "weight_names")) ?? [])
        if (!group?.dataset(weight)) throw file.error(`lacks the weight ${weight} of ${layer}; ${advice}`);
    }
  });
}

/** @param hintOf what else may be wrong with the file */
async function checkHash(
  path: string,
  md5: string,
  advice: string,
  hintOf: () => Promise<string> = () => Promise.resolve(""),
): Promise<void> {
  const got = await md5OfFile(path);
  if (got === md5) return;
  const hint = await hintOf();
  throw new WgraftError(
    "bad-input",
    `${path} is not the published file: its md5 is ${got}, not ${md5}${hint}; ${advice}`,
    { expected: md5, got },
  );
}

/**
 * In hexadecimal. Throws `bad-input` when there is no such file.
 * @example
 * console.log(await sha256OfFile("vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"));
 */
export async function sha256OfFile(path: string): Promise<string> {
  return hashOfFile(path, "sha256");
}

/** The same by the hash that Keras publishes. */
export async function md5OfFile(path: string): Promise<string> {
  return hashOfFile(path, "md5");
}

async function hashOfFile(path: string, algorithm: "md5" | "sha256"): Promise<string> {
  await statRegularFile(path);
  const hash = createHash(algorithm);
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 }))
      hash.update(chunk as Buffer);
  } catch (cause) {
    throw new WgraftError("bad-input", `${path}: cannot be read: ${messageOf(cause)}`, { cause });
  }
  return hash.digest("hex");
}
