/** A folder of data: splits of class folders, or class folders alone. */
import { WgraftError } from "../../errors.js";
import { checkArgument, checkOptions } from "../../options/checkOptions.js";
import { text } from "../../options/checks.js";
import type { Arguments } from "../../options/fields.js";
import { folderTable, listClasses, type ImageFile, type ImageFolderOptions } from "./folder.js";
import { findLayout, type Split } from "./layout.js";
import { OmittedFiles, type Omitted } from "./omitted.js";

export type { Split, SplitName } from "./layout.js";

export interface ImageDataset {
  readonly classNames: readonly string[];
  /** The splits that exist, in the order train, validation, test. Class folders alone are one split, `train`. */
  readonly splits: readonly (Split & { readonly files: readonly ImageFile[] })[];
  /** False where there are class folders alone. */
  readonly hasSplits: boolean;
  /** What was omitted. */
  readonly omitted: Omitted;
}

/** "only in A: x, y" for the names of `a` that `b` lacks. */
function onlyIn(label: string, a: readonly string[], b: readonly string[]): string[] {
  const extra = a.filter((name) => !b.includes(name));
  return extra.length > 0 ? [`only in ${label}: ${extra.join(", ")}`] : [];
}

/**
 * Lists a dataset folder: splits (`train`; `validation`, `val` or `valid`; `test`; in any case) of class folders, or class
 * folders alone. The labels mean the same classes in all splits.
 * @throws WgraftError "bad-input" as `listImageFolder` does, when two splits have different classes, when two folders are
 *   the same split, and when the folder is one level above or below the one that is meant: the message names that one
 * @example
 * const { classNames, splits } = await listDataset("photos");
 * for (const { name, files } of splits) console.log(name, files.length, classNames);
 */
export async function listDataset(dir: string, options?: ImageFolderOptions): Promise<ImageDataset> {
  const checked = checkOptions(folderTable, options, "listDataset");
  checkArgument("listDataset", "dir", text, dir);
  return listData(dir, checked);
}

async function listData(dir: string, options: Arguments<typeof folderTable>): Promise<ImageDataset> {
  const omitted = new OmittedFiles();
  const layout = await findLayout(dir, omitted);
  const found: readonly Split[] = layout.splits ?? [{ name: "train", path: dir }];
  const folders = await Promise.all(found.map((split) => listClasses(split, options, layout.unlabelled)));
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
    omitted.addAll(folder.omitted);
  });
  const splits = found.map((split, i) => ({ ...split, files: folders[i].files }));
  return { classNames, splits, hasSplits: layout.splits !== undefined, omitted };
}
