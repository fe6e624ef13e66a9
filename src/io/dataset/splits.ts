import { join } from "node:path";
import { WgraftError } from "../../errors.js";
import { checkArgument, checkOptions } from "../../options/checkOptions.js";
import { text } from "../../options/checks.js";
import {
  folderTable,
  listClassFolders,
  listImageFolder,
  type ImageFile,
  type ImageFolderOptions,
} from "./folder.js";

export const splitNames = ["train", "validation", "test"] as const;
export type SplitName = (typeof splitNames)[number];

export interface Split {
  readonly name: SplitName;
  readonly path: string;
}

export interface ImageDataset {
  readonly classNames: readonly string[];
  /** The splits that exist, in the order train, validation, test. */
  readonly splits: readonly (Split & { readonly files: readonly ImageFile[] })[];
}

/**
 * Which of `dir`/train, `dir`/validation and `dir`/test exist, in that order.
 * @throws WgraftError "bad-input" when none does, saying what the folder should look like
 */
export async function listSplits(dir: string): Promise<Split[]> {
  const { names, hasLooseImages } = await listClassFolders(dir);
  const found = splitNames
    .filter((name) => names.includes(name))
    .map((name) => ({ name, path: join(dir, name) }));
  if (found.length > 0) return found;

  const layout = `expected ${join(dir, "train", "CLASS")}/*.jpg, and likewise validation and test where there are any`;
  let hint = "";
  if (names.length > 0)
    hint = `; it has the folders ${someOf(names)}: if those are the classes, move them into ${join(dir, "train")}`;
  else if (hasLooseImages) hint = "; its pictures lie loose";
  throw new WgraftError("bad-input", `${dir}: no train, validation or test folder; ${layout}${hint}`);
}

/** A few of many names. */
function someOf(names: readonly string[]): string {
  const most = 5;
  return names.length <= most
    ? names.join(", ")
    : `${names.slice(0, most).join(", ")}, … (${names.length} in all)`;
}

/** "only in A: x, y" for the names of `a` that `b` lacks. */
function onlyIn(label: string, a: readonly string[], b: readonly string[]): string[] {
  const extra = a.filter((name) => !b.includes(name));
  return extra.length > 0 ? [`only in ${label}: ${extra.join(", ")}`] : [];
}

/**
 * Lists every split of a dataset folder; the labels mean the same classes in all of them.
 * @throws WgraftError "bad-input" as `listSplits` and `listImageFolder` do, and when two splits have different classes
 */
export async function listDataset(dir: string, options?: ImageFolderOptions): Promise<ImageDataset> {
  checkOptions(folderTable, options, "listDataset");
  checkArgument("listDataset", "dir", text, dir);
  const found = await listSplits(dir);
  const folders = await Promise.all(found.map(({ path }) => listImageFolder(path, options)));
  const [{ classNames }] = folders;
  folders.forEach((folder, i) => {
    const differences = [
      ...onlyIn(found[0].name, classNames, folder.classNames),
      ...onlyIn(found[i].name, folder.classNames, classNames),
    ];
    if (differences.length > 0) {
      throw new WgraftError(
        "bad-input",
        `${dir}: ${found[0].name} and ${found[i].name} have different classes (${differences.join("; ")})`,
      );
    }
  });
  return { classNames, splits: found.map((split, i) => ({ ...split, files: folders[i].files })) };
}
