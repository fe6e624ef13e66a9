/** Which folders of a dataset are its splits, or what is wrong with the folder that was given. */
import { basename, dirname, resolve } from "node:path";
import { WgraftError } from "../../errors.js";
import type { Place } from "../place.js";
import { readEntries, type Entry, type FolderEntries } from "./entries.js";
import { firstOf, OmittedFiles } from "./omitted.js";

export const splitNames = ["train", "validation", "test"] as const;
export type SplitName = (typeof splitNames)[number];

export interface Split extends Place {
  readonly name: SplitName;
}

/** Names of folders, in lower case, by split. */
const namesOfSplits: ReadonlyMap<string, SplitName> = new Map([
  ["train", "train"],
  ["validation", "validation"],
  ["val", "validation"],
  ["valid", "validation"],
  ["test", "test"],
]);

const splitOf = ({ name }: Entry) => namesOfSplits.get(name.toLowerCase());

export interface Layout {
  /** In the order train, validation, test; undefined where the folder has class folders alone. */
  readonly splits?: readonly Split[];
  /** A folder of unlabelled images that is not a class. */
  readonly unlabelled?: Entry;
}

/** A folder that is named like a split, with what is in it. */
interface Named {
  readonly folder: Entry;
  readonly split: SplitName;
  readonly inside: FolderEntries;
}

const foldersOf = ({ folders, linkedFolders }: FolderEntries) => [...folders, ...linkedFolders];

/** @param omitted gets what is neither a split nor a class */
export async function findLayout(dir: string, omitted: OmittedFiles): Promise<Layout> {
  const here = new OmittedFiles();
  const entries = await readEntries({ path: dir }, here);
  const named = await namedFolders(entries);
  const isSplit = ({ inside }: Named) => foldersOf(inside).length > 0;
  const splits = named.filter(isSplit);
  const loose = named.filter((one) => !isSplit(one));
  const unlabelled = loose.find(({ split }) => split === "test");
  omitted.add(`unlabelled images in ${unlabelled?.folder.name}`, unlabelled?.inside.images.length ?? 0);
  if (splits.length === 0) {
    await checkClassFolders(dir, entries, named);
    return { unlabelled: unlabelled?.folder };
  }
  omitted.addAll(here);
  const [unsorted] = loose.filter(({ split }) => split !== "test");
  if (unsorted) throw noClassFolders(unsorted.folder.path);
  const others = foldersOf(entries).filter((folder) => !named.some((one) => one.folder === folder));
  omitted.add(`folders next to the splits (${firstOf(others.map(({ name }) => name))})`, others.length);
  omitted.add("images next to the splits", entries.images.length);
  return { splits: inOrder(dir, splits) };
}

async function namedFolders(entries: FolderEntries): Promise<Named[]> {
  const folders = foldersOf(entries).filter((folder) => splitOf(folder) !== undefined);
  return Promise.all(
    folders.map(async (folder) => ({
      folder,
      split: splitOf(folder)!,
      inside: await readEntries(folder, new OmittedFiles()),
    })),
  );
}

function inOrder(dir: string, splits: readonly Named[]): Split[] {
  return splitNames.flatMap((name) => {
    const found = splits.filter(({ split }) => split === name);
    if (found.length > 1) {
      const names = found.map(({ folder }) => folder.name).sort();
      throw new WgraftError(
        "bad-input",
        `${dir}: ${names.join(" and ")} both stand for the split ${name}; keep one`,
      );
    }
    return found.map(({ folder: { path, rawPath } }) => ({ name, path, ...(rawPath && { rawPath }) }));
  });
}

/** Throws unless a folder without splits is one of class folders. */
async function checkClassFolders(
  dir: string,
  entries: FolderEntries,
  named: readonly Named[],
): Promise<void> {
  const folders = foldersOf(entries);
  if (folders.length === 0) throw await withoutFolders(dir, entries);
  const dataset = entries.images.length > 0 ? await datasetOfClass(dir) : undefined;
  if (dataset !== undefined) throw looseImages(dir, `if it is one class, give ${dataset}`);
  if (named.length === folders.length) throw noClassFolders(named[0].folder.path);
  const parent = await datasetAbove(dir);
  if (parent !== undefined)
    throw new WgraftError("bad-input", `${dir}: is one split of ${parent}; give ${parent}`);
  const below = await datasetsBelow(folders);
  if (below.length > 0) {
    const names = firstOf(below);
    throw new WgraftError("bad-input", `${dir}: is one level too high; give ${names}`);
  }
}

/** For a folder of loose images, or of nothing: what to give, or how it should look. */
async function withoutFolders(dir: string, { images }: FolderEntries): Promise<WgraftError> {
  const layout = `expected one folder per class, or train/CLASS, and likewise validation and test where there are any`;
  if (images.length === 0) return new WgraftError("bad-input", `${dir}: has no folders; ${layout}`);
  const dataset = await datasetOfClass(dir);
  return looseImages(dir, dataset === undefined ? layout : `if it is one class, give ${dataset}`);
}

function looseImages(dir: string, advice: string): WgraftError {
  return new WgraftError("bad-input", `${dir}: its images are loose; ${advice}`);
}

/** The dataset that a folder of images is a class of; undefined where its neighbours say nothing of the kind. */
async function datasetOfClass(dir: string): Promise<string | undefined> {
  const parent = dirname(resolve(dir));
  return (await datasetAbove(parent)) ?? ((await isOfClasses(parent)) ? parent : undefined);
}

function noClassFolders(path: string): WgraftError {
  return new WgraftError(
    "bad-input",
    `${path}: no class folders; move its images into one subfolder per class, such as cats and dogs`,
  );
}

/** The dataset that a folder is a split of; undefined where its name or its neighbours say nothing of the kind. */
async function datasetAbove(dir: string): Promise<string | undefined> {
  const full = resolve(dir);
  if (!namesOfSplits.has(basename(full).toLowerCase())) return undefined;
  const parent = dirname(full);
  const named = await namedFolders(await readEntries({ path: parent }, new OmittedFiles()).catch(nothing));
  const splits = named.filter(({ inside }) => foldersOf(inside).length > 0);
  return splits.some(({ folder }) => folder.name !== basename(full)) ? parent : undefined;
}

/** Of a folder that cannot be read: nobody asked for it. */
const nothing = (): FolderEntries => ({ folders: [], linkedFolders: [], images: [] });

/** Whether a folder has two folders of images or more, and no images. */
async function isOfClasses(dir: string): Promise<boolean> {
  const entries = await readEntries({ path: dir }, new OmittedFiles()).catch(nothing);
  if (entries.images.length > 0) return false;
  let classes = 0;
  for (const folder of foldersOf(entries)) {
    const { images } = await readEntries(folder, new OmittedFiles()).catch(nothing);
    if (images.length > 0 && ++classes === 2) return true;
  }
  return false;
}

/** Of the folders in a folder: those that have splits, or, where there is one only, one that has classes. */
async function datasetsBelow(folders: readonly Entry[]): Promise<string[]> {
  const below: string[] = [];
  for (const folder of folders) {
    const entries = await readEntries(folder, new OmittedFiles()).catch(nothing);
    if (entries.images.length > 0) continue;
    const splits = (await namedFolders(entries)).filter(({ inside }) => foldersOf(inside).length > 0);
    if (splits.length > 0 || (folders.length === 1 && (await isOfClasses(folder.path))))
      below.push(folder.path);
  }
  return below;
}
