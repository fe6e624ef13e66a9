/** A file that Keras saved, an .h5 or a .keras, open for reading. */
import { openHdf5, type Hdf5File } from "../hdf5/reader.js";
import type { ReadOptions } from "../hdf5/limits.js";
import { parseJson } from "../json.js";
import { isZip, openArchive } from "./archive.js";

/** Where a file has the record of its model's origin: a root attribute of an .h5, a key of a .keras file's metadata.json. */
export const RECORD = "wgraft";

/** Where an .h5 and a .keras file have the optimizer's state, twice as much as the weights: it is not restored. */
const OPTIMIZER_WEIGHTS = "/optimizer_weights";
const OPTIMIZER = "/optimizer";

export interface SavedFile {
  readonly hdf5: Hdf5File;
  /** Of a .keras file: what its other entries say. */
  readonly archive?: { readonly config: unknown; readonly kerasVersion: string; readonly record?: unknown };
  /** As the caller gave it; errors name it. */
  readonly path: string;
}

/** Opens a file, gives it to `use` and closes it whatever happens. Throws `bad-input`, `io`, `aborted`. */
export async function withSavedFile<T>(
  path: string,
  options: ReadOptions,
  use: (file: SavedFile) => T | Promise<T>,
): Promise<T> {
  if (await isZip(path)) return withArchive(path, options, use);
  const hdf5 = await openHdf5(path, { ...options, omit: [OPTIMIZER_WEIGHTS] });
  try {
    return await use({ hdf5, path });
  } finally {
    hdf5.close();
  }
}

async function withArchive<T>(
  path: string,
  options: ReadOptions,
  use: (file: SavedFile) => T | Promise<T>,
): Promise<T> {
  const archive = await openArchive(path);
  try {
    const source = { name: path, range: archive.weights.range, omit: [OPTIMIZER] };
    const hdf5 = await openHdf5(archive.weights.path, { ...options, ...source });
    try {
      return await use({ hdf5, archive, path });
    } finally {
      hdf5.close();
    }
  } finally {
    archive.remove();
  }
}

/** The model's configuration, parsed but not validated; undefined in a file of weights. */
export function configOf({ hdf5, archive, path }: SavedFile): unknown {
  if (archive) return archive.config;
  const text = hdf5.root.string("model_config");
  return text === undefined ? undefined : parseJson(text, path, "model configuration");
}

/** The record of the model's origin, parsed but not validated; undefined where there is none. */
export function recordOf({ hdf5, archive, path }: SavedFile): unknown {
  if (archive) return archive.record;
  const text = hdf5.root.string(RECORD);
  return text === undefined ? undefined : parseJson(text, path, "record of its origin");
}
