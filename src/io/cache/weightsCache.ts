/** Finds the official weights where Keras keeps them, or downloads them there: into `$KERAS_HOME` or `~/.keras`, `models/`. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { messageOf, throwIfAborted, WgraftError } from "../../errors.js";
import { download, type DownloadProgress } from "./download.js";
import { withHdf5 } from "../hdf5/reader.js";
import { readNameList } from "../hdf5/nameLists.js";
import { makeFolder } from "../writing.js";
import {
  OFFICIAL_BASE_URL,
  officialFile,
  type OfficialFile,
  type WeightsVariant,
} from "./officialWeights.js";

export interface ResolveWeightsOptions extends WeightsVariant {
  /** Default: `$KERAS_HOME`, or `~/.keras`. */
  kerasHome?: string;
  /** Never touch the network. Default: false. */
  offline?: boolean;
  onProgress?: (progress: DownloadProgress) => void;
  /** Stops a download, which goes on where it was the next time. */
  signal?: AbortSignal;
  /** Where the files are fetched from, with a slash at the end. Default: Keras's own. */
  baseUrl?: string;
}

/**
 * The path of the official weights on this machine, checked against their published hash.
 *
 * Throws `usage` for weights that were never published, `bad-input` for a file that is not what it is called, `io` when
 * they cannot be had, `aborted`.
 */
export async function resolveWeights(options: ResolveWeightsOptions): Promise<string> {
  const official = officialFile(options);
  const folder = join(options.kerasHome ?? process.env.KERAS_HOME ?? join(homedir(), ".keras"), "models");
  const path = join(folder, official.name);
  const url = `${options.baseUrl ?? OFFICIAL_BASE_URL}${official.folder}/${official.name}`;
  if (await stat(path).catch(() => undefined)) {
    await check(
      path,
      official,
      "delete it to download it again, or name it as the weights file to use it as it is",
    );
    return path;
  }
  if (options.offline) {
    throw new WgraftError(
      "io",
      `no weights at ${path}, and downloads are off; fetch ${url} by hand and put it there`,
    );
  }
  throwIfAborted(options.signal);
  await makeFolder(folder);
  const partial = `${path}.part`;
  await download(url, partial, options);
  try {
    await check(partial, official, "it was deleted; try again");
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await rename(partial, path);
  return path;
}

async function check(path: string, { md5 }: OfficialFile, advice: string): Promise<void> {
  if (md5 !== undefined) {
    const got = await hashOfFile(path, "md5");
    if (got === md5) return;
    const hint = await withHdf5(path, () => "").catch((error: unknown) => ` (${messageOf(error)})`);
    throw new WgraftError(
      "bad-input",
      `${path} is not the published file: its md5 is ${got}, not ${md5}${hint}; ${advice}`,
      {
        expected: md5,
        got,
      },
    );
  }
  await withHdf5(path, (file) => {
    if (!readNameList(file.root, "layer_names")) throw file.error(`holds no weights; ${advice}`);
  });
}

/** In hexadecimal. Throws `bad-input` when there is no such file. */
export async function sha256OfFile(path: string): Promise<string> {
  return hashOfFile(path, "sha256");
}

async function hashOfFile(path: string, algorithm: "md5" | "sha256"): Promise<string> {
  const hash = createHash(algorithm);
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 }))
      hash.update(chunk as Buffer);
  } catch (cause) {
    throw new WgraftError("bad-input", `${path}: cannot be read: ${messageOf(cause)}`, { cause });
  }
  return hash.digest("hex");
}
