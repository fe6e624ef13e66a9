/** Runs a base once over every image of a dataset and keeps the features. */
import { stat } from "node:fs/promises";
import { WgraftError } from "../../errors.js";
import { AtomicFile } from "../../io/atomic.js";
import type { FeatureCache } from "../../io/cache/featureCache.js";
import type { SkippedImage } from "../../io/dataset/loader.js";
import { prepareHdf5 } from "../../io/hdf5/thread.js";
import type { Omitted } from "../../io/dataset/omitted.js";
import { extractFeatures } from "../../models/data/extractFeatures.js";
import { ImageSource } from "../../models/data/imageSource.js";
import type { Model } from "../../models/model.js";
import { checkOptions } from "../../options/checkOptions.js";
import { callback, flag, positiveInteger, text } from "../../options/checks.js";
import { optional, optionsOf, required, type Arguments } from "../../options/fields.js";
import { defaults } from "../defaults.js";
import { InterruptedError } from "../interrupted.js";
import { openBase } from "../model/base.js";
import { openSavedBase } from "../model/savedBase.js";
import {
  baseFields,
  cacheFields,
  imageFields,
  openDevice,
  seedOf,
  skipFields,
  transferFields,
  type BaseOptions,
  type CacheOptions,
  type ImageOptions,
  type SkipOptions,
  type TransferOptions,
} from "../options.js";
import { imageOptionsOf, type FeaturesMeta } from "../provenance.js";
import { openFeatureCache } from "./cache.js";
import { FeaturesWriter } from "./features.js";
import { dataFields, openImageData, skipper, type DataOptions, type ImageData } from "./imageData.js";

export interface ExtractionOptions
  extends TransferOptions, BaseOptions, ImageOptions, SkipOptions, DataOptions, CacheOptions {
  /** The features file to write. */
  out: string;
  /** A model file or a run folder whose layers, up to `layer`, are the base. Default: that of an application. */
  model?: string;
  /** Replace `out` where it is there already. Default false: then that is an error. */
  overwrite?: boolean;
  /** Images in one run. Default 20. */
  batchSize?: number;
  /** Images that were looked at before anything is computed: 0 at first. */
  onCheck?: (done: number, total: number) => void;
  /** Images of a split that are done, the skipped ones included: 0 at first. */
  onProgress?: (done: number, total: number, split: string) => void;
}

const table = optionsOf<ExtractionOptions>("extractFeaturesToFile").fields({
  ...dataFields,
  out: required(text),
  model: optional(text),
  overwrite: optional(flag, false),
  ...baseFields,
  ...imageFields,
  batchSize: optional(positiveInteger, defaults.batchSize),
  ...cacheFields,
  ...skipFields,
  ...transferFields,
  onCheck: optional(callback),
  onProgress: optional(callback),
});

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
  /** What else was omitted from the folder. */
  readonly omitted: Omitted;
  /** Images whose features were cached. */
  readonly cached: number;
  /** Images whose EXIF orientation is not 1. */
  readonly turned: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

interface Extraction {
  readonly splits: Record<string, ExtractedSplit>;
  featureShape: readonly number[];
  readonly skipped: SkippedImage[];
  readonly omitted: Omitted;
  readonly turned: number;
  cached: number;
  seconds: number;
}

/**
 * Runs a base, pretrained or of a saved model, once over the images of a dataset and writes a features file, which `trainHead` trains on. Features
 * are cached, so that an extraction that was stopped continues, and only new images are computed.
 *
 * @throws WgraftError `usage` for options that make no sense, and an `out` that is there already, `bad-input` for a folder or
 *   images that are not what they should be, `io` where the file cannot be written. `InterruptedError` when `signal` fires:
 *   nothing is written then, and `result` says how much was done.
 * @example
 * const { splits } = await extractFeaturesToFile({ data: "cats_and_dogs", out: "features.h5", app: "vgg16" });
 * console.log(splits.train.rows);
 */
export async function extractFeaturesToFile(given: ExtractionOptions): Promise<ExtractionResult> {
  const options = checkOptions(table, given);
  const { out, onNote } = options;
  refuseWithModel(options);
  // Checked before hours of work, not after.
  await AtomicFile.begin(out);
  if (!options.overwrite) await refuseExisting(out);
  const data = await openImageData(options, options);
  prepareHdf5();
  const device = await openDevice(options);
  const seed = seedOf(options);
  const opened =
    options.model === undefined
      ? await openBase(options, seed, data.classNames, device)
      : await openSavedBase(options.model, options, seed, data, device);
  const { model, layer } = opened.base;
  const { precision } = device;
  const meta: FeaturesMeta = { ...opened.meta, ...(precision !== "float32" && { precision }) };
  const [height, width] = meta.inputShape;
  onNote?.(`${meta.application} up to ${layer} at ${height}×${width} on ${device.name}`);
  const writer = await FeaturesWriter.create(out, meta);
  const { omitted, turned, skipped } = data;
  const done: Extraction = {
    ...{ splits: {}, featureShape: [], skipped: [...skipped] },
    ...{ omitted, turned, cached: 0, seconds: 0 },
  };
  const store = openFeatureCache(options);
  try {
    await extractSplits(options, model, meta, data, writer, store, done);
  } catch (error) {
    await writer.abort();
    if (!(error instanceof WgraftError) || error.code !== "aborted") throw error;
    const what = store
      ? `the features of ${totalRows(done)} images are cached, and the same command continues`
      : "nothing was written";
    throw new InterruptedError(`interrupted: ${what}`, resultOf(done, meta, null, false));
  }
  await writer.finish();
  await store?.trim();
  return resultOf(done, meta, out, true);
}

/** Throws `usage` for what a saved model has of itself. */
function refuseWithModel(options: ExtractionOptions): void {
  const own = ["app", "weights", "weightsSha256", "alpha"] as const;
  const misplaced = options.model === undefined ? undefined : own.find((name) => options[name] !== undefined);
  if (misplaced === undefined) return;
  throw new WgraftError("usage", `\`${misplaced}\` is for an application; \`model\` has its own weights`, {
    option: misplaced,
  });
}

async function refuseExisting(out: string): Promise<void> {
  const found = await stat(out).catch(() => undefined);
  if (!found) return;
  throw new WgraftError("usage", `${out} is there already; \`overwrite\` replaces it`, {
    option: "overwrite",
  });
}

async function extractSplits(
  options: Arguments<typeof table>,
  base: Model,
  meta: FeaturesMeta,
  { splits, classNames }: ImageData,
  writer: FeaturesWriter,
  store: FeatureCache | undefined,
  done: Extraction,
): Promise<void> {
  const { skipBad, batchSize, signal } = options;
  const start = performance.now();
  for (const split of splits) {
    const { name } = split;
    const files = new Map(split.files.map((file) => [file.relative, file]));
    const onSkip = skipper(split, classNames, (skipped) => {
      done.skipped.push(skipped);
      options.onSkip?.(skipped);
    });
    const source = new ImageSource(split.files, { ...imageOptionsOf(meta), skipBad, onSkip });
    const classes = Object.fromEntries(classNames.map((className) => [className, 0]));
    const extracted: ExtractedSplit = (done.splits[name] = { rows: 0, classes });
    const skippedBefore = done.skipped.length;
    options.onProgress?.(0, files.size, name);
    for await (const batch of extractFeatures(base, source, { batchSize, signal, store, fixedBatch: true })) {
      const filenames = batch.files.map((file) => file.relative);
      const images = filenames.map((filename) => files.get(filename)!);
      writer.append(name, batch.features, batch.labels, filenames, images);
      done.featureShape = batch.features.shape.slice(1);
      done.cached += batch.stored;
      extracted.rows += filenames.length;
      for (const label of batch.labels) extracted.classes[classNames[label]] += 1;
      done.seconds = (performance.now() - start) / 1000;
      options.onProgress?.(extracted.rows + done.skipped.length - skippedBefore, files.size, name);
    }
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
