/** The image files that a prediction is asked for: files, and folders of them. */
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { WgraftError } from "../../errors.js";
import { listImages, type ImageFile } from "../../io/dataset/folder.js";
import { OmittedFiles, type Omitted } from "../../io/dataset/omitted.js";
import { nameOfInput, withoutUrl, type ImageInput, type NamedInput } from "./imageInput.js";

export interface ListedFiles {
  /** Those of each path. They have no class yet; label 0 stands in. */
  readonly lists: readonly (readonly ImageFile[])[];
  /** What else is in the folders. */
  readonly omitted: Omitted;
}

/** Files as they are, and all images of folders, in the order of `listImageFolder`. Throws `bad-input` for a folder without any. */
export async function listImageFiles(paths: readonly string[]): Promise<ListedFiles> {
  const omitted = new OmittedFiles();
  const lists = await Promise.all(
    paths.map(async (path): Promise<ImageFile[]> => {
      const isFolder = await stat(path).then(
        (info) => info.isDirectory(),
        () => false,
      );
      if (!isFolder) return [{ path, relative: basename(path), label: 0 }];
      const found = await listImages({ path }, basename(path), omitted);
      if (found.length === 0) throw new WgraftError("bad-input", `${path}: no images in this folder`);
      return found.map((image) => ({ ...image, label: 0 }));
    }),
  );
  return { lists, omitted };
}

export interface ListedInputs {
  /** In order; a folder has become all images in it. */
  readonly items: readonly (ImageFile | NamedInput)[];
  readonly omitted: Omitted;
}

/** What inputs stand for: files, with those of folders, and inputs that are no files. Throws as `listImageFiles`. */
export async function listInputs(inputs: readonly ImageInput[]): Promise<ListedInputs> {
  const plain = inputs.map(withoutUrl);
  const { lists, omitted } = await listImageFiles(plain.filter((input) => typeof input === "string"));
  const left = [...lists];
  const items = plain.flatMap((input, i): readonly (ImageFile | NamedInput)[] =>
    typeof input === "string" ? left.shift()! : [{ name: nameOfInput(input, i), input }],
  );
  return { items, omitted };
}
