/** A .keras file: a zip of metadata.json, config.json and model.weights.h5. */
import { rmSync } from "node:fs";
import { mkdtemp, open, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { z } from "zod";
import { messageOf, WgraftError } from "../../errors.js";
import { parseJson } from "./json.js";

/** Read whole: 2 GiB is what Node reads in one piece, and four times VGG16 with its top. */
const MAX_ARCHIVE_BYTES = 2 ** 31 - 1;
const MAX_ENTRY_BYTES: Record<string, number> = {
  "metadata.json": 2 ** 20,
  "config.json": 2 ** 25,
  "model.weights.h5": MAX_ARCHIVE_BYTES,
};

export interface KerasArchive {
  /** The parsed config.json, not validated yet. */
  config: unknown;
  kerasVersion: string;
  /** Where model.weights.h5 was unpacked to: HDF5 needs a real file. Empty when it was not asked for. */
  weightsPath: string;
  /** Deletes what was unpacked. */
  remove(): void;
}

const metadataSchema = z.looseObject({ keras_version: z.string() });

export async function isZip(path: string): Promise<boolean> {
  const handle = await open(path, "r").catch(() => undefined);
  if (!handle) return false;
  try {
    const head = Buffer.alloc(4);
    await handle.read(head, 0, 4, 0);
    return head.equals(Buffer.from("PK\x03\x04", "latin1"));
  } catch {
    return false; // a folder: openHdf5 says what is wrong with it
  } finally {
    await handle.close();
  }
}

/** Reads a .keras file; `weights` unpacks its HDF5 file to a temporary folder too. Throws `bad-input`. */
export async function extractArchive(path: string, options: { weights: boolean }): Promise<KerasArchive> {
  const entries = await readEntries(path, options.weights);
  const text = (name: string) => {
    const bytes = entries[name];
    if (!bytes) throw new WgraftError("bad-input", `${path}: is not a .keras file: it holds no ${name}`);
    return parseJson(new TextDecoder().decode(bytes), path);
  };
  const config = text("config.json");
  const metadata = metadataSchema.safeParse(text("metadata.json"));
  if (!metadata.success)
    throw new WgraftError("bad-input", `${path}: its metadata.json tells no keras_version`);
  const kerasVersion = metadata.data.keras_version;
  if (!options.weights) return { config, kerasVersion, weightsPath: "", remove: () => undefined };

  const weights = entries["model.weights.h5"];
  if (!weights) throw new WgraftError("bad-input", `${path}: holds no model.weights.h5`);
  const folder = await mkdtemp(join(tmpdir(), "wgraft-keras-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const weightsPath = join(folder, "model.weights.h5");
  try {
    await writeFile(weightsPath, weights, { mode: 0o600 });
  } catch (cause) {
    remove();
    throw new WgraftError("io", `cannot unpack ${path} to ${folder}: ${messageOf(cause)}`, { cause });
  }
  return { config, kerasVersion, weightsPath, remove };
}

async function readEntries(path: string, withWeights: boolean): Promise<Record<string, Uint8Array>> {
  const { size } = await stat(path);
  if (size > MAX_ARCHIVE_BYTES)
    throw new WgraftError("bad-input", `${path}: a .keras file of more than 2 GiB is not read`);
  const bytes = await readFile(path);
  try {
    return unzipSync(bytes, {
      // Called before an entry is inflated; fflate inflates into exactly the size that is declared here.
      filter: ({ name, originalSize }) => {
        const limit = Object.hasOwn(MAX_ENTRY_BYTES, name) ? MAX_ENTRY_BYTES[name] : undefined;
        if (limit === undefined || (name.endsWith(".h5") && !withWeights)) return false;
        if (originalSize > Math.min(limit, size * MAX_DEFLATE_RATIO)) {
          throw new WgraftError("bad-input", `${path}: its ${name} declares ${originalSize} bytes`);
        }
        return true;
      },
    });
  } catch (cause) {
    if (cause instanceof WgraftError) throw cause;
    throw new WgraftError("bad-input", `${path}: damaged zip archive: ${messageOf(cause)}`, { cause });
  }
}

/** RFC 1951 allows no more. */
const MAX_DEFLATE_RATIO = 1032;
