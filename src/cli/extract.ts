/** `wgraft extract`: runs the convolutional base once over every picture and keeps what comes out. */
import { WgraftError } from "../errors.js";
import { AtomicFile } from "../io/atomic.js";
import { listDataset, type ImageDataset } from "../io/dataset/splits.js";
import type { SkippedImage } from "../io/dataset/loader.js";
import { FeaturesWriter, type FeaturesMeta } from "../io/features.js";
import type { Interpolation } from "../io/images/resize.js";
import { extractFeatures } from "../models/data/extractFeatures.js";
import { ImageSource } from "../models/data/imageSource.js";
import type { Model } from "../models/model.js";
import type { Preprocess } from "../models/training/batches.js";
import { formatShape } from "../tensor.js";
import { describeBase, openBase } from "./base.js";
import type { BaseOptions } from "./options.js";
import { formatSeconds, startProgress } from "./progress.js";
import type { CommandContext, GlobalOptions } from "./run.js";

export interface ExtractCommandOptions extends GlobalOptions, BaseOptions {
  data: string;
  out: string;
  preprocess: Preprocess;
  interpolation: Interpolation;
  batchSize: number;
  limit?: number;
  skipBad?: boolean;
}

/** Rows of a split so far, in all and by class. */
interface SplitReport {
  rows: number;
  classes: Record<string, number>;
}

interface Extraction {
  readonly splits: Record<string, SplitReport>;
  featureShape: readonly number[];
  skipped: SkippedImage[];
  seconds: number;
}

export async function extract(context: CommandContext, options: ExtractCommandOptions): Promise<void> {
  const { out } = context;
  // Looked at before hours of work, not after.
  await AtomicFile.begin(options.out);
  const dataset = await listDataset(options.data, { limit: options.limit, minClasses: 2 });
  const { size, app } = options;
  const inputShape = [size, size, 3] as const;
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
  const base = await openBase({ ...options, application: app, inputShape, seed }, context);
  const { name, precision } = await context.device();
  out.note(`${app} up to ${base.layer} at ${size}×${size} on ${name}`);
  const meta: FeaturesMeta = {
    ...describeBase(base, options, dataset.classNames),
    ...(precision !== "float32" && { precision }),
  };
  const writer = await FeaturesWriter.create(options.out, meta);
  const done: Extraction = { splits: {}, featureShape: [], skipped: [], seconds: 0 };
  try {
    await extractSplits(context, options, base.model, dataset, writer, done);
    checkClasses(done, dataset);
  } catch (error) {
    if (!(error instanceof WgraftError) || error.code !== "aborted") {
      await writer.abort();
      throw error;
    }
    const kept = await writer.finishPartial();
    report(context, options, meta, done, kept ? "partial" : "nothing");
    throw interrupted(options, done, kept);
  }
  await writer.finish();
  report(context, options, meta, done, "complete");
}

async function extractSplits(
  { out, signal }: CommandContext,
  options: ExtractCommandOptions,
  base: Model,
  dataset: ImageDataset,
  writer: FeaturesWriter,
  done: Extraction,
): Promise<void> {
  const { preprocess, interpolation, skipBad, size, batchSize } = options;
  const start = performance.now();
  const onSkip = (skipped: SkippedImage) => {
    done.skipped.push(skipped);
    out.note(`skipped ${skipped.error.message}`);
  };
  for (const { name, files } of dataset.splits) {
    const pictures = { height: size, width: size, preprocess, interpolation, skipBad, onSkip };
    const source = new ImageSource(files, pictures);
    const classes = Object.fromEntries(dataset.classNames.map((className) => [className, 0]));
    const split: SplitReport = (done.splits[name] = { rows: 0, classes });
    const progress = startProgress({ label: name, total: files.length });
    const skippedBefore = done.skipped.length;
    try {
      for await (const batch of extractFeatures(base, source, { batchSize, signal })) {
        const filenames = batch.files.map((file) => file.relative);
        writer.append(name, batch.features, batch.labels, filenames);
        done.featureShape = batch.features.shape.slice(1);
        split.rows += filenames.length;
        for (const label of batch.labels) split.classes[dataset.classNames[label]] += 1;
        done.seconds = (performance.now() - start) / 1000;
        progress.update(split.rows + done.skipped.length - skippedBefore);
      }
    } finally {
      progress.stop();
    }
  }
}

/** Skipped pictures may leave a split without a class, and then no head can be trained or judged on it. */
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

function interrupted(options: ExtractCommandOptions, done: Extraction, kept: boolean): WgraftError {
  const what = kept
    ? `${options.out} holds the ${totalRows(done)} rows that were finished`
    : "nothing was finished, nothing was written";
  return new WgraftError("aborted", `interrupted: ${what}`);
}

function report(
  { out }: CommandContext,
  options: ExtractCommandOptions,
  meta: FeaturesMeta,
  done: Extraction,
  state: "complete" | "partial" | "nothing",
): void {
  const { splits, featureShape, skipped, seconds } = done;
  const rows = totalRows(done);
  const speed = rows / Math.max(seconds, 1e-3);
  if (state !== "nothing") {
    for (const [name, split] of Object.entries(splits)) {
      const classes = Object.entries(split.classes).map(([className, count]) => `${count} ${className}`);
      out.result(`${name}: ${formatShape([split.rows, ...featureShape])}, ${classes.join(", ")}`);
    }
    out.result(`${options.out}: ${rows} rows in ${formatSeconds(seconds)}, ${speed.toFixed(1)} img/s`);
  }
  out.finish({
    out: state === "nothing" ? null : options.out,
    complete: state === "complete",
    ...meta,
    featureShape,
    splits,
    skipped: skipped.map(({ file, error }) => ({ file: file.path, error: error.message })),
    seconds,
    imagesPerSecond: speed,
  });
}
