import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, WgraftError } from "../../errors.js";
import { listOf, positiveInteger, text } from "../../options/checks.js";
import { checkArgument, checkOptions } from "../../options/checkOptions.js";
import { nullable, optional, optionsOf } from "../../options/fields.js";

/** An image of a dataset. */
export interface ImageFile {
  readonly path: string;
  /** From the split's folder on, with forward slashes on every system: `cats/cat.0.jpg`. */
  readonly relative: string;
  /** Index of its class in `classNames`. */
  readonly label: number;
}

export interface ImageFolder {
  /** The label of a class is its place here. */
  readonly classNames: readonly string[];
  /** Class after class; inside a class in sorted walk order. */
  readonly files: readonly ImageFile[];
}

export interface ImageFolderOptions {
  /** The classes in the order of their labels; default: every subfolder, sorted. */
  classes?: readonly string[] | null;
  /** At most this many images of each class, the first ones. */
  limit?: number | null;
  /** Fewer classes than this is an error; default 1, a binary classifier asks for 2. */
  minClasses?: number;
}

export const folderTable = optionsOf<ImageFolderOptions>("listImageFolder").fields({
  classes: nullable(optional(listOf(text, "a list of the names of folders"))),
  limit: nullable(optional(positiveInteger)),
  minClasses: optional(positiveInteger, 1),
});

const imageName = /\.(png|jpe?g|bmp|ppm|tiff?)$/i;

/** Python's order of strings, by code point; JavaScript's own differs beyond the basic plane. */
export function comparePythonStrings(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

async function readFolder(path: string) {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reasons: Record<string, string> = {
      ENOENT: "there is no such folder",
      ENOTDIR: "this is a file; a folder with one subfolder per class is needed",
      EACCES: "no permission to read this folder",
    };
    throw new WgraftError("bad-input", `${path}: ${reasons[code ?? ""] ?? messageOf(error)}`, {
      cause: error,
    });
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}

interface FolderEntries {
  folders: string[];
  /** Folders behind symbolic links, kept apart because a walk does not enter them. */
  linkedFolders: string[];
  images: string[];
}

async function sortEntries(path: string): Promise<FolderEntries> {
  const entries: FolderEntries = { folders: [], linkedFolders: [], images: [] };
  for (const entry of await readFolder(path)) {
    if (entry.isDirectory()) entries.folders.push(entry.name);
    else if (entry.isSymbolicLink() && (await isFolder(join(path, entry.name))))
      entries.linkedFolders.push(entry.name);
    else if (imageName.test(entry.name)) entries.images.push(entry.name);
  }
  return entries;
}

/** Every folder from `root` down with its images, as `os.walk(root)` visits them. Names use forward slashes. */
async function walk(root: string, prefix: string): Promise<{ prefix: string; images: string[] }[]> {
  const { folders, images } = await sortEntries(root);
  const below = await Promise.all(folders.map((name) => walk(join(root, name), `${prefix}/${name}`)));
  return [{ prefix, images }, ...below.flat()];
}

/** Paths of the images of one class, relative to the split's folder, folders sorted by their whole path as Keras does. */
async function listClass(dir: string, className: string): Promise<string[]> {
  const folders = await walk(join(dir, className), className);
  folders.sort((a, b) => comparePythonStrings(a.prefix, b.prefix));
  return folders.flatMap(({ prefix, images }) =>
    images.sort(comparePythonStrings).map((name) => `${prefix}/${name}`),
  );
}

/** Names of the class folders of `dir`, sorted, and whether images lie beside them. */
export async function listClassFolders(dir: string): Promise<{ names: string[]; hasLooseImages: boolean }> {
  const { folders, linkedFolders, images } = await sortEntries(dir);
  const names = [...folders, ...linkedFolders].sort(comparePythonStrings);
  return { names, hasLooseImages: images.length > 0 };
}

async function chooseClasses(dir: string, wanted: readonly string[] | undefined): Promise<readonly string[]> {
  const { names, hasLooseImages } = await listClassFolders(dir);
  if (names.length === 0) {
    const hint = hasLooseImages ? "its pictures lie loose; move each into" : "make";
    throw new WgraftError(
      "bad-input",
      `${dir}: no class folders; ${hint} one subfolder per class, such as cats and dogs`,
    );
  }
  const missing = wanted?.find((name) => !names.includes(name));
  if (missing !== undefined) {
    throw new WgraftError(
      "bad-input",
      `${dir}: no folder for the class "${missing}"; it has ${names.join(", ")}`,
    );
  }
  return wanted ?? names;
}

/**
 * Lists a folder of images as Keras's `flow_from_directory` does: the sorted subfolders are the classes; inside a class
 * the walk goes down, folders and names in order of code points. Images are told by their ending (png, jpg, jpeg, bmp,
 * ppm, tif, tiff in any case). As in Keras, hidden files and folders count, a class folder or an image may be a symbolic
 * link, and a linked folder inside a class is not entered.
 *
 * @throws WgraftError "usage" for an option that is unknown or not what it should be
 * @throws WgraftError "bad-input" when the folder is missing, holds no class folder, too few of them, or an empty one
 */
export async function listImageFolder(dir: string, options?: ImageFolderOptions): Promise<ImageFolder> {
  const { classes, limit = Infinity, minClasses } = checkOptions(folderTable, options);
  checkArgument("listImageFolder", "dir", text, dir);
  const classNames = await chooseClasses(dir, classes);
  if (classNames.length < minClasses) {
    throw new WgraftError(
      "bad-input",
      `${dir}: ${minClasses} classes are needed, it has ${classNames.length} (${classNames.join(", ")})`,
    );
  }
  const lists = await Promise.all(classNames.map((name) => listClass(dir, name)));
  const empty = classNames.filter((_, label) => lists[label].length === 0);
  if (empty.length > 0) {
    throw new WgraftError(
      "bad-input",
      `${dir}: no pictures (png, jpg, jpeg, bmp, ppm, tif, tiff) in the class folder ${empty.join(", ")}; add some or remove it`,
    );
  }
  const files = lists.flatMap((list, label) =>
    list.slice(0, limit).map((relative): ImageFile => ({ path: join(dir, relative), relative, label })),
  );
  return { classNames, files };
}
