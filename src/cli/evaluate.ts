/** `wgraft evaluate`: how good a saved model is on labelled pictures, or on features of them. */
import { WgraftError } from "../errors.js";
import { listImageFolder, type ImageFile } from "../io/dataset/folder.js";
import type { SkippedImage } from "../io/dataset/loader.js";
import { listSplits } from "../io/dataset/splits.js";
import { readFeatures } from "../io/features.js";
import { score, type LabelledSamples, type Score } from "../models/data/score.js";
import type { Preprocess } from "../models/training/batches.js";
import { checkSameBase } from "./base.js";
import {
  checkFeatureSize,
  classesOf,
  openHead,
  openPictures,
  type ClassifierOptions,
  type Head,
} from "./classifier.js";
import { checkOutputs } from "./head.js";
import { flagOf } from "./options.js";
import { formatTable } from "./output.js";
import { formatSeconds, startProgress } from "./progress.js";
import type { CommandContext } from "./run.js";

export interface EvaluateOptions extends ClassifierOptions {
  data?: string;
  features?: string;
  split: string;
  limit?: number;
  mistakes: number;
}

/** What says which pictures, and how they become features. */
const pictureOptions = [
  "weights",
  "offline",
  "preprocess",
  "interpolation",
  "limit",
  "skipBad",
] as const satisfies readonly (keyof EvaluateOptions)[];

interface Samples {
  readonly classNames: readonly string[];
  readonly count: number;
  readonly preprocess: Preprocess;
  readonly parts: AsyncIterable<LabelledSamples>;
  readonly skipped: readonly SkippedImage[];
}

export async function evaluate(context: CommandContext, options: EvaluateOptions): Promise<void> {
  const { out, signal } = context;
  if ((options.data === undefined) === (options.features === undefined))
    throw new WgraftError("usage", "evaluate needs either --data DIR or --features FILE");
  const misplaced =
    options.data === undefined ? pictureOptions.find((name) => options[name] !== undefined) : undefined;
  if (misplaced !== undefined)
    throw new WgraftError("usage", `${flagOf(misplaced)} is for an evaluation on pictures (--data)`);
  // The folder is looked at first: it takes no time, and the model may have to be downloaded.
  const listed = options.data === undefined ? undefined : await listSplit(options.data, options);
  const head = await openHead(options.model, context);
  const samples = listed
    ? await samplesOfPictures(head, listed, options, context)
    : await samplesOfFeatures(head, options.features!, options);
  const { classNames } = samples;
  checkOutputs(head.model, classNames.length, head.path);
  const start = performance.now();
  const progress = startProgress({ label: "evaluate", total: samples.count });
  let result: Score;
  try {
    const { preprocess } = samples;
    result = await score(head.model, samples.parts, classesOf(head.model), {
      preprocess,
      batchSize: options.batchSize,
      signal,
      onProgress: (done) => progress.update(done),
    });
  } finally {
    progress.stop();
  }
  if (result.samples === 0) throw new WgraftError("bad-input", "no picture could be read");
  const seconds = (performance.now() - start) / 1000;
  report(context, options, classNames, result);
  out.note(`${result.samples} pictures in ${formatSeconds(seconds)}`);
  out.finish({
    model: options.model,
    split: options.split,
    classNames,
    ...result,
    mistakeCount: result.mistakes.length,
    mistakes: result.mistakes.slice(0, options.mistakes).map(({ file, label, predicted, probability }) => ({
      file,
      class: classNames[label],
      predicted: classNames[predicted],
      probability,
    })),
    skipped: samples.skipped.map(({ file, error }) => ({ file: file.path, error: error.message })),
    seconds,
  });
}

interface ListedSplit {
  readonly classNames: readonly string[];
  readonly files: readonly ImageFile[];
  readonly path: string;
}

async function listSplit(data: string, { split, limit }: EvaluateOptions): Promise<ListedSplit> {
  const splits = await listSplits(data);
  const found = splits.find(({ name }) => name === split);
  if (!found) {
    const names = splits.map(({ name }) => name).join(", ");
    throw new WgraftError("bad-input", `${data}: has no folder ${split}; --split names one of ${names}`);
  }
  return { ...(await listImageFolder(found.path, { limit, minClasses: 2 })), path: found.path };
}

async function samplesOfPictures(
  head: Head,
  { classNames, files, path }: ListedSplit,
  options: EvaluateOptions,
  context: CommandContext,
): Promise<Samples> {
  const trained = head.base?.classNames;
  if (trained && trained.join("/") !== classNames.join("/")) {
    throw new WgraftError(
      "bad-input",
      `${path}: has the classes ${classNames.join(", ")}; the model was trained on ${trained.join(", ")}`,
    );
  }
  const pictures = await openPictures(head, options, context);
  const skipped: SkippedImage[] = [];
  const parts = pictures.inputs(files, (one) => {
    skipped.push(one);
    context.out.note(`skipped ${one.error.message}`);
  });
  return { classNames, count: files.length, preprocess: pictures.preprocess, parts, skipped };
}

async function samplesOfFeatures(head: Head, file: string, { split }: EvaluateOptions): Promise<Samples> {
  const { meta, splits } = await readFeatures(file);
  if (head.base) checkSameBase(head.base, meta, file);
  const found = splits[split];
  if (!found) {
    throw new WgraftError(
      "bad-input",
      `${file}: has no split ${split}; --split names one of ${Object.keys(splits).join(", ")}`,
    );
  }
  const [n = 0, ...shape] = found.features.shape;
  checkFeatureSize(head, shape, file);
  const x = found.features.reshape([n, ...head.model.inputShape]);
  const files = found.filenames.map((relative) => ({ relative }));
  const parts = once({ x, labels: found.labels.dataSync(), files });
  return { classNames: meta.classNames, count: n, preprocess: "none", parts, skipped: [] };
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}

function report(
  { out }: CommandContext,
  options: EvaluateOptions,
  classNames: readonly string[],
  result: Score,
): void {
  const { samples, loss, accuracy, confusion, mistakes } = result;
  out.result(
    `${options.split}: ${samples} pictures - loss: ${loss.toFixed(4)} - acc: ${accuracy.toFixed(4)}`,
  );
  out.result();
  const header = ["is \\ taken for", ...classNames];
  const rows = confusion.map((row, i) => [classNames[i], ...row.map(String)]);
  for (const line of formatTable([header, ...rows])) out.result(line);
  const shown = mistakes.slice(0, options.mistakes);
  if (shown.length === 0) return;
  out.result();
  out.result(`the worst of ${mistakes.length} mistakes:`);
  const lines = shown.map(({ file, label, predicted, probability }) => [
    `  ${file}`,
    `is ${classNames[label]}`,
    `taken for ${classNames[predicted]}`,
    probability.toFixed(4),
  ]);
  for (const line of formatTable(lines)) out.result(line);
}
