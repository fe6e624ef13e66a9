import { WgraftError } from "../../errors.js";
import { listOf, positiveInteger, text } from "../../options/checks.js";
import { checkArgument, checkOptions } from "../../options/checkOptions.js";
import { nullable, optional, optionsOf, type Arguments } from "../../options/fields.js";
import { imageEndings } from "../images/fileNames.js";
import type { Place } from "../place.js";
import { readEntries, type Entry } from "./entries.js";
import { describeUndecodable, OmittedFiles, type Omitted } from "./omitted.js";

/** An image of a dataset. */
export interface ImageFile extends Place {
  /** From the split's folder on, with forward slashes on every system: `cats/cat.0.jpg`. */
  readonly relative: string;
  /** Index of its class in `classNames`. */
  readonly label: number;
  /** Of its bytes, where they have been looked at: see `surveyImages`. */
  readonly sha256?: string;
  /** EXIF's, from 1 to 8, where the file has been looked at. */
  readonly orientation?: number;
}

export interface ImageFolder {
  /** The label of a class is its place here. */
  readonly classNames: readonly string[];
  /** Class after class; inside a class in sorted walk order. */
  readonly files: readonly ImageFile[];
  /** What else is there. */
  readonly omitted?: Omitted;
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

/** Python's order of strings, by code point; JavaScript's own differs beyond the basic plane. */
export function comparePythonStrings(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const byName = (a: Entry, b: Entry) => comparePythonStrings(a.name, b.name);

/** Every folder from `root` down with its images, as `os.walk(root)` visits them. Prefixes use forward slashes. */
async function walk(
  root: Place,
  prefix: string,
  omitted: OmittedFiles,
): Promise<{ prefix: string; images: Entry[] }[]> {
  const { folders, linkedFolders, images } = await readEntries(root, omitted);
  omitted.add("linked folders inside a class", linkedFolders.length);
  const below = await Promise.all(folders.map((folder) => walk(folder, `${prefix}/${folder.name}`, omitted)));
  return [{ prefix, images }, ...below.flat()];
}

/** An image with its path from the folder that was walked. */
export type FoundImage = Place & Pick<ImageFile, "relative">;

/** All images below a folder, folders sorted by their whole path as Keras does. */
export async function listImages(root: Place, prefix: string, omitted: OmittedFiles): Promise<FoundImage[]> {
  const folders = await walk(root, prefix, omitted);
  folders.sort((a, b) => comparePythonStrings(a.prefix, b.prefix));
  return folders.flatMap(({ prefix: at, images }) =>
    images.sort(byName).map(({ name, path, rawPath }) => ({
      path,
      relative: `${at}/${name}`,
      ...(rawPath && { rawPath }),
    })),
  );
}

/** Names that look the same and differ in bytes, as macOS writes them and other systems do, are the same class. */
const normalized = (name: string) => name.normalize("NFC");

/** The class folders by the names of their classes, sorted. @throws WgraftError `bad-input` for two of one name */
function classFolders(dir: string, folders: readonly Entry[]): Map<string, Entry> {
  const classes = new Map<string, Entry>();
  const byClass = (a: Entry, b: Entry) => comparePythonStrings(normalized(a.name), normalized(b.name));
  for (const folder of [...folders].sort(byClass)) {
    const name = normalized(folder.name);
    if (classes.has(name)) {
      throw new WgraftError(
        "bad-input",
        `${dir}: two class folders are named ${name} (their bytes differ: é as one letter, and as e with an accent); merge them`,
      );
    }
    classes.set(name, folder);
  }
  return classes;
}

function chooseClasses(
  dir: string,
  classes: ReadonlyMap<string, Entry>,
  hasLooseImages: boolean,
  wanted: readonly string[] | undefined,
): readonly string[] {
  if (classes.size === 0) {
    const hint = hasLooseImages ? "its images are loose; move each into" : "make";
    throw new WgraftError(
      "bad-input",
      `${dir}: no class folders; ${hint} one subfolder per class, such as cats and dogs`,
    );
  }
  const missing = wanted?.find((name) => !classes.has(normalized(name)));
  if (missing !== undefined) {
    throw new WgraftError(
      "bad-input",
      `${dir}: no folder for the class "${missing}"; it has ${[...classes.keys()].join(", ")}`,
    );
  }
  return wanted ?? [...classes.keys()];
}

/**
 * Lists a folder of images as Keras's `flow_from_directory` does: the sorted subfolders are the classes; inside a class
 * the walk goes down, folders and names in order of code points. A class folder or an image may be a symbolic link; a
 * linked folder inside a class is not entered. Unlike in Keras, every format that is decoded counts (WebP, GIF, AVIF),
 * hidden folders, `__MACOSX` and files `._*` do not, and names that differ in Unicode normalisation alone are one class.
 *
 * @throws WgraftError "usage" for an option that is unknown or not what it should be
 * @throws WgraftError "bad-input" when the folder is missing, has no class folder, too few of them, or an empty one
 * @example
 * const { classNames, files } = await listImageFolder("photos/train");
 * console.log(files[0].path, classNames[files[0].label]);
 */
export async function listImageFolder(dir: string, options?: ImageFolderOptions): Promise<ImageFolder> {
  const checked = checkOptions(folderTable, options);
  checkArgument("listImageFolder", "dir", text, dir);
  return listClasses({ path: dir }, checked);
}

/**
 * The same of a folder whose path need not be UTF-8.
 * @param unlabelled a folder in it that is not a class
 */
export async function listClasses(
  place: Place,
  { classes: wanted, limit = Infinity, minClasses }: Arguments<typeof folderTable>,
  unlabelled?: Place,
): Promise<ImageFolder & { readonly omitted: Omitted }> {
  const dir = place.path;
  const omitted = new OmittedFiles();
  const entries = await readEntries(place, omitted);
  const folders = [...entries.folders, ...entries.linkedFolders];
  const classes = classFolders(
    dir,
    folders.filter(({ path }) => path !== unlabelled?.path),
  );
  const classNames = chooseClasses(dir, classes, entries.images.length > 0, wanted);
  omitted.add("images outside the class folders", entries.images.length);
  if (classNames.length < minClasses) {
    throw new WgraftError(
      "bad-input",
      `${dir}: ${minClasses} classes are needed, it has ${classNames.length} (${classNames.join(", ")})`,
    );
  }
  const ofClass = classNames.map(() => new OmittedFiles());
  const lists = await Promise.all(
    classNames.map((name, label) => {
      const folder = classes.get(normalized(name))!;
      return listImages(folder, folder.name, ofClass[label]);
    }),
  );
  for (const [label, className] of classNames.entries()) {
    if (lists[label].length === 0) throw emptyClass(dir, className, ofClass[label]);
    omitted.addAll(ofClass[label]);
  }
  const files = lists.flatMap((list, label) =>
    list.slice(0, limit).map((image): ImageFile => ({ ...image, label })),
  );
  return { classNames, files, omitted };
}

function emptyClass(dir: string, className: string, { undecodable }: Omitted): WgraftError {
  const [what] = describeUndecodable(undecodable);
  return new WgraftError(
    "bad-input",
    `${dir}: no images (${imageEndings.join(", ")}) in the class folder ${className}; ` +
      (what === undefined ? "add some or remove it" : `it has ${what}`),
  );
}
