/** What is in a folder of a dataset. Names are bytes on disk; those that are not UTF-8 are read as Latin-1. */
import { readdir, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { messageOf, WgraftError } from "../../errors.js";
import { whenFilesAreFree } from "../openFiles.js";
import { formatOfName } from "../images/fileNames.js";
import { pathFor, type Place } from "../place.js";
import type { OmittedFiles } from "./omitted.js";

export interface Entry extends Place {
  readonly name: string;
}

export interface FolderEntries {
  readonly folders: Entry[];
  /** Folders behind symbolic links, kept apart because a walk does not enter them. */
  readonly linkedFolders: Entry[];
  readonly images: Entry[];
}

/**
 * The folders and images in a folder; what else is there is counted.
 * @throws WgraftError `bad-input` for a folder that cannot be read
 */
export async function readEntries(place: Place, omitted: OmittedFiles): Promise<FolderEntries> {
  const entries: FolderEntries = { folders: [], linkedFolders: [], images: [] };
  for (const found of await readFolder(place)) {
    const entry = entryIn(place, found.name);
    const { name } = entry;
    if (found.isDirectory()) {
      if (!omitted.addFolder(name)) entries.folders.push(entry);
    } else if (found.isSymbolicLink() && (await isFolder(entry))) {
      if (!omitted.addFolder(name)) entries.linkedFolders.push(entry);
    } else if (name.startsWith("._")) omitted.add("AppleDouble files (._*)");
    else {
      const format = formatOfName(name);
      if (format === "image") entries.images.push(entry);
      else if (format === undefined) omitted.add("files of other types");
      else omitted.addUndecodable(format, entry.path);
    }
  }
  return entries;
}

function entryIn(parent: Place, bytes: Buffer): Entry {
  const text = bytes.toString("utf8");
  const isText = Buffer.from(text).equals(bytes);
  const name = isText ? text : bytes.toString("latin1");
  const path = join(parent.path, name);
  if (isText && !parent.rawPath) return { name, path };
  const folder = parent.rawPath ?? Buffer.from(parent.path);
  return { name, path, rawPath: Buffer.concat([folder, Buffer.from(sep), bytes]) };
}

async function readFolder(place: Place) {
  try {
    return await whenFilesAreFree(() => readdir(pathFor(place), { withFileTypes: true, encoding: "buffer" }));
  } catch (error) {
    if (error instanceof WgraftError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const reasons: Record<string, string> = {
      ENOENT: "there is no such folder",
      ENOTDIR: "this is a file; a folder with one subfolder per class is needed",
      EACCES: "no permission to read this folder",
    };
    throw new WgraftError("bad-input", `${place.path}: ${reasons[code ?? ""] ?? messageOf(error)}`, {
      cause: error,
    });
  }
}

async function isFolder(place: Place): Promise<boolean> {
  return stat(pathFor(place)).then(
    (info) => info.isDirectory(),
    () => false,
  );
}
