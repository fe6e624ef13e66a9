/** Runs a base once over every image of a dataset and keeps the features. */
import { WgraftError } from "../../errors.js";
import { AtomicFile } from "../../io/atomic.js";
import type { SkippedImage } from "../../io/dataset/loader.js";
import { prepareHdf5 } from "../../io/hdf5/thread.js";
import { listDataset, type ImageDataset } from "../../io/dataset/splits.js";
import { extractFeatures } from "../../models/data/extractFeatures.js";
import { ImageSource } from "../../models/data/imageSource.js";
import type { Model } from "../../models/model.js";
import { defaults } from "../defaults.js";
import { InterruptedError } from "../interrupted.js";
import { openBase } from "../model/base.js";
import {
  openDevice,
  seedOf,
  type BaseOptions,
  type ImageOptions,
  type SkipOptions,
  type TransferOptions,
} from "../options.js";
import { imageOptionsOf, type FeaturesMeta } from "../provenance.js";
import { FeaturesWriter } from "./features.js";

export interface ExtractionOptions extends TransferOptions, BaseOptions, ImageOptions, SkipOptions {
  /** Folder with train, validation and test; in each a folder per class. */
  data: string;
  /** The features file to write. */
  out: string;
  /** Images in one run. Default 20. */
  batchSize?: number;
  /** At most this many images of each class, the first ones. Default: all. */
  limit?: number;
  /** Images of a split that are done, the skipped ones included: 0 at first. */
  onProgress?: (done: number, total: number, split: string) => void;
}

/** Rows of a split, in all and by class. */
export interface ExtractedSplit {
  rows: number;
  classes: Record<string, number>;
}

export interface ExtractionResult {
  /** The features file; null where nothing was written. */
  readonly out: string | null;
  /** False after an interruption. */
  readonly complete: boolean;
  /** Where the features come from. */
  readonly meta: FeaturesMeta;
  /** Of one row. */
  readonly featureShape: readonly number[];
  readonly splits: Readonly<Record<string, ExtractedSplit>>;
  readonly skipped: readonly SkippedImage[];
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

interface Extraction {
  readonly splits: Record<string, ExtractedSplit>;
  featureShape: readonly number[];
  readonly skipped: SkippedImage[];
  seconds: number;
}

/**
 * Runs a pretrained base once over the images of a dataset and writes a features file, which `trainHead` trains on.
 *
 * @throws WgraftError `usage` for options that make no sense, `bad-input` for a folder or an image that is not what it
 *   should be, `io` where the file cannot be written. `InterruptedError` when `signal` fires: the file then contains what was
 *   finished, and `result` says how much.
 * @example
 * const { splits } = await extractFeaturesToFile({ data: "cats_and_dogs", out: "features.h5", app: "vgg16" });
 * console.log(splits.train.rows);
 */
export async function extractFeaturesToFile(options: ExtractionOptions): Promise<ExtractionResult> {
  // Checked before hours of work, not after.
  await AtomicFile.begin(options.out);
  const dataset = await listDataset(options.data, { limit: options.limit, minClasses: 2 });
  prepareHdf5();
  const device = await openDevice(options);
  const opened = await openBase(options, seedOf(options), dataset.classNames, device);
  const { model, layer } = opened.base;
  const { precision } = device;
  const meta: FeaturesMeta = { ...opened.meta, ...(precision !== "float32" && { precision }) };
  const [height, width] = meta.inputShape;
  options.onNote?.(`${meta.application} up to ${layer} at ${height}×${width} on ${device.name}`);
  const writer = await FeaturesWriter.create(options.out, meta);
  const done: Extraction = { splits: {}, featureShape: [], skipped: [], seconds: 0 };
  try {
    await extractSplits(options, model, meta, dataset, writer, done);
    checkClasses(done, dataset);
  } catch (error) {
    if (!(error instanceof WgraftError) || error.code !== "aborted") {
      await writer.abort();
      throw error;
    }
    const kept = await writer.finishPartial();
    const what = kept
      ? `${options.out} holds the ${totalRows(done)} rows that were finished`
      : "nothing was finished, nothing was written";
    throw new InterruptedError(
      `interrupted: ${what}`,
      resultOf(done, meta, kept ? options.out : null, false),
    );
  }
  await writer.finish();
  return resultOf(done, meta, options.out, true);
}

async function extractSplits(
  options: ExtractionOptions,
  base: Model,
  meta: FeaturesMeta,
  dataset: ImageDataset,
  writer: FeaturesWriter,
  done: Extraction,
): Promise<void> {
  const { skipBad, batchSize = defaults.batchSize, signal } = options;
  const start = performance.now();
  const onSkip = (skipped: SkippedImage) => {
    done.skipped.push(skipped);
    options.onSkip?.(skipped);
  };
  for (const { name, files } of dataset.splits) {
    const source = new ImageSource(files, { ...imageOptionsOf(meta), skipBad, onSkip });
    const classes = Object.fromEntries(dataset.classNames.map((className) => [className, 0]));
    const split: ExtractedSplit = (done.splits[name] = { rows: 0, classes });
    const skippedBefore = done.skipped.length;
    options.onProgress?.(0, files.length, name);
    for await (const batch of extractFeatures(base, source, { batchSize, signal })) {
      const filenames = batch.files.map((file) => file.relative);
      writer.append(name, batch.features, batch.labels, filenames);
      done.featureShape = batch.features.shape.slice(1);
      split.rows += filenames.length;
      for (const label of batch.labels) split.classes[dataset.classNames[label]] += 1;
      done.seconds = (performance.now() - start) / 1000;
      options.onProgress?.(split.rows + done.skipped.length - skippedBefore, files.length, name);
    }
  }
}

/** Skipped images may leave a split without a class, and then no head can be trained or judged on it. */
function checkClasses({ splits }: Extraction, dataset: ImageDataset): void {
  for (const [name, { classes }] of Object.entries(splits)) {
    const empty = dataset.classNames.find((className) => classes[className] === 0);
    if (empty !== undefined)
      throw new WgraftError("bad-input", `${name}: no picture of the class ${empty} could be read`);
  }
}

function totalRows({ splits }: Extraction): number {
  return Object.values(splits).reduce((sum, { rows }) => sum + rows, 0);
}

function resultOf(
  done: Extraction,
  meta: FeaturesMeta,
  out: string | null,
  complete: boolean,
): ExtractionResult {
  const imagesPerSecond = totalRows(done) / Math.max(done.seconds, 1e-3);
  return { out, complete, meta, ...done, imagesPerSecond };
}
