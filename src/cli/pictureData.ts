/** The pictures of a training, and what is known of them before one is decoded. */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { WgraftError } from "../errors.js";
import type { ImageFile } from "../io/dataset/folder.js";
import type { SkippedImage } from "../io/dataset/loader.js";
import { listDataset, type ImageDataset } from "../io/dataset/splits.js";
import type { Output } from "./output.js";

export type PictureSplit = ImageDataset["splits"][number];

export interface PictureData {
  readonly classNames: readonly string[];
  readonly train: PictureSplit;
  readonly validation?: PictureSplit;
  /** sha256 of the training pictures' names, sizes in bytes and labels: reading them all would take too long. */
  readonly identity: string;
}

/** @throws WgraftError `bad-input` as `listDataset`, and where there is nothing to train on */
export async function listPictures(dir: string, limit: number | undefined): Promise<PictureData> {
  const { classNames, splits } = await listDataset(dir, { limit, minClasses: 2 });
  const train = splits.find(({ name }) => name === "train");
  const validation = splits.find(({ name }) => name === "validation");
  if (!train) {
    const names = splits.map(({ name }) => name).join(", ");
    throw new WgraftError("bad-input", `${dir}: has no folder train, only ${names}`);
  }
  return { classNames, train, validation, identity: await identityOf(train.files) };
}

async function identityOf(files: readonly ImageFile[]): Promise<string> {
  const hash = createHash("sha256");
  for (const { path, relative, label } of files) {
    // One that cannot be looked at fails, or is skipped, when it is decoded.
    const bytes = await stat(path).then(
      ({ size }) => size,
      () => -1,
    );
    hash.update(JSON.stringify([relative, label, bytes]));
  }
  return hash.digest("hex");
}

/** Tells of skipped pictures. Throws `bad-input` when none of a class is left: then nothing can be learned. */
export function skipper({ name, files }: PictureSplit, classNames: readonly string[], out: Output) {
  const left = classNames.map((_, label) => files.filter((file) => file.label === label).length);
  return ({ file, error }: SkippedImage): void => {
    out.note(`skipped ${error.message}`);
    left[file.label] -= 1;
    if (left[file.label] > 0) return;
    throw new WgraftError(
      "bad-input",
      `${name}: no picture of the class ${classNames[file.label]} could be read`,
    );
  };
}
