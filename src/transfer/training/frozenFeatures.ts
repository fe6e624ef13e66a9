/** A training whose base stays as it is and whose images come as they are: the base runs once over each of them. */
import type { ImageFile } from "../../io/dataset/folder.js";
import type { SkippedImage } from "../../io/dataset/loader.js";
import { extractFeatures, type ExtractOptions } from "../../models/data/extractFeatures.js";
import { ImageSource, type ImageSourceOptions } from "../../models/data/imageSource.js";
import type { Model } from "../../models/model.js";
import { ArraySource } from "../../models/training/batches.js";
import { maxFeatureBytes } from "../../models/training/validation.js";
import { sizeOf, tensor } from "../../tensor.js";
import { skipper, type ImageSplit } from "../data/imageData.js";

export interface FrozenTraining {
  /** The part of the model that trains. */
  readonly trained: Model;
  readonly source: ArraySource;
  readonly validation?: ArraySource;
  /** The images of `validation`, without those that were skipped. */
  readonly validationFiles?: readonly ImageFile[];
  /** Images whose features were cached. */
  readonly cached: number;
}

export interface FrozenOptions extends Pick<ExtractOptions, "batchSize" | "signal" | "store"> {
  readonly reading: ImageSourceOptions;
  readonly classNames: readonly string[];
  readonly onSkip?: (skipped: SkippedImage) => void;
  /** Images of a split that are done. */
  readonly onProgress?: (done: number, total: number, split: string) => void;
}

/**
 * Computes what the frozen layers at the beginning of a compiled model make of the images, or finds it in the store.
 * @returns undefined where there are no such layers, and where the features would take more than 512 MiB
 */
export async function frozenTraining(
  model: Model,
  train: ImageSplit,
  validation: ImageSplit | undefined,
  options: FrozenOptions,
): Promise<FrozenTraining | undefined> {
  const { sample } = new ImageSource([], options.reading);
  const parts = await model.frozenParts(sample);
  if (!parts) return undefined;
  const { prefix, rest } = parts;
  const images = train.files.length + (validation?.files.length ?? 0);
  if (4 * images * sizeOf(prefix.outputShape) > maxFeatureBytes) return undefined;
  try {
    const first = await featuresOf(prefix, train, options);
    const second = validation && (await featuresOf(prefix, validation, options));
    const cached = first.cached + (second?.cached ?? 0);
    const validated = second && { validation: second.source, validationFiles: second.files };
    return { trained: rest, source: first.source, ...validated, cached };
  } finally {
    await prefix.freePrograms();
  }
}

async function featuresOf(
  prefix: Model,
  split: ImageSplit,
  { reading, classNames, onSkip, onProgress, ...options }: FrozenOptions,
): Promise<{ source: ArraySource; files: readonly ImageFile[]; cached: number }> {
  const { files, name } = split;
  const taken: ImageFile[] = [];
  let skipped = 0;
  const source = new ImageSource(files, {
    ...reading,
    onSkip: skipper(split, classNames, (one) => {
      skipped++;
      onSkip?.(one);
    }),
  });
  const { outputShape } = prefix;
  const row = sizeOf(outputShape);
  const values = new Float32Array(files.length * row);
  const labels = new Float32Array(files.length);
  let [rows, cached] = [0, 0];
  onProgress?.(0, files.length, name);
  for await (const batch of extractFeatures(prefix, source, { ...options, fixedBatch: true })) {
    values.set(batch.features.dataSync(), rows * row);
    labels.set(batch.labels, rows);
    rows += batch.files.length;
    taken.push(...batch.files);
    cached += batch.stored;
    onProgress?.(rows + skipped, files.length, name);
  }
  const x = tensor(values.subarray(0, rows * row), [rows, ...outputShape]);
  const y = tensor(labels.subarray(0, rows), [rows, 1]);
  return { source: new ArraySource(x, y), files: taken, cached };
}
