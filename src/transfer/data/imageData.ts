/** The images of a training, and what is known of them before one is decoded. */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { WgraftError } from "../../errors.js";
import type { ImageFile } from "../../io/dataset/folder.js";
import type { SkippedImage } from "../../io/dataset/loader.js";
import { listDataset, type ImageDataset } from "../../io/dataset/splits.js";

export type ImageSplit = ImageDataset["splits"][number];

export interface ImageData {
  readonly classNames: readonly string[];
  readonly train: ImageSplit;
  readonly validation?: ImageSplit;
  /** sha256 of the training images' names, sizes in bytes and labels: reading them all would take too long. */
  readonly identity: string;
}

/** @throws WgraftError `bad-input` as `listDataset`, and where there is nothing to train on */
export async function listImageData(dir: string, limit: number | undefined): Promise<ImageData> {
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
    // One without a size fails, or is skipped, when it is decoded.
    const bytes = await stat(path).then(
      ({ size }) => size,
      () => -1,
    );
    hash.update(JSON.stringify([relative, label, bytes]));
  }
  return hash.digest("hex");
}

/** Passes skipped images on. Throws `bad-input` when none of a class is left: then nothing can be learned. */
export function skipper(
  { name, files }: ImageSplit,
  classNames: readonly string[],
  onSkip?: (skipped: SkippedImage) => void,
) {
  const left = classNames.map((_, label) => files.filter((file) => file.label === label).length);
  return (skipped: SkippedImage): void => {
    onSkip?.(skipped);
    const { label } = skipped.file;
    left[label] -= 1;
    if (left[label] > 0) return;
    throw new WgraftError("bad-input", `${name}: no picture of the class ${classNames[label]} could be read`);
  };
}
