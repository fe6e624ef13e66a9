/** How good a saved model is on labelled images, or on features of them. */
import { WgraftError } from "../../errors.js";
import type { SkippedImage } from "../../io/dataset/loader.js";
import type { Omitted } from "../../io/dataset/omitted.js";
import type { SplitName } from "../../io/dataset/splits.js";
import { noClasses, score, type LabelledSamples, type Score } from "../../models/data/score.js";
import type { Preprocess } from "../../models/training/batches.js";
import type { Assessment } from "../../io/report/assessment.js";
import { checkOptions } from "../../options/checkOptions.js";
import { callback, integer, oneOf, positiveInteger, text } from "../../options/checks.js";
import { optional, optionsOf, required, type Arguments } from "../../options/fields.js";
import { readFeatures } from "../data/features.js";
import { choices, defaults } from "../defaults.js";
import { Assessor, type AssessedSample } from "../assessment/assessor.js";
import { explainSome } from "../explain/explainSome.js";
import { checkOutputs } from "../model/head.js";
import { htmlPath, skipFields, transferFields, type SkipOptions, type TransferOptions } from "../options.js";
import { checkSameBase } from "../provenance.js";
import { chooseEvaluationData, listEvaluationData, noSplit } from "./evaluationData.js";
import { checkReport, writeEvaluationReport } from "./evaluationReport.js";
import {
  imageInputFields,
  openImageInputs,
  type ImageInputOptions,
  type ImageInputs,
} from "./imageInputs.js";
import { checkFeatureSize, classesOf, openSavedModel, type SavedModel } from "./savedModel.js";

interface EvaluationOptions extends TransferOptions {
  /** A model file, or a run folder. */
  model: string;
  /** Default: test if there is one, else validation. */
  split?: SplitName;
  /** How many of the worst mistakes to list. Default 10. */
  mistakes?: number;
  /** An HTML file to write, which is replaced: figures, plots and the worst mistakes with their images. Default: none. */
  report?: string;
  /** Samples in one run. Default 20. */
  batchSize?: number;
  /** Samples that are done: 0 at first. */
  onProgress?: (done: number, total: number) => void;
}

export interface ImageEvaluationOptions extends EvaluationOptions, ImageInputOptions, SkipOptions {
  /** Folder with splits, in each a folder per class; or with a folder per class. */
  data: string;
  /** At most this many images of each class, the first ones. Default: all. */
  limit?: number;
}

export interface FeaturesEvaluationOptions extends EvaluationOptions {
  /** A features file of the base that the model was trained on. */
  features: string;
}

const fields = {
  model: required(text),
  split: optional(oneOf<SplitName>(choices.split)),
  mistakes: optional(integer({ min: 0 }), defaults.mistakes),
  report: optional(htmlPath),
  batchSize: optional(positiveInteger, defaults.batchSize),
  ...transferFields,
  onProgress: optional(callback),
};
const featuresTable = optionsOf<FeaturesEvaluationOptions>("evaluateOnFeatures").fields({
  ...fields,
  features: required(text),
});
const imageTable = optionsOf<ImageEvaluationOptions>("evaluateOnImages").fields({
  ...fields,
  data: required(text),
  limit: optional(positiveInteger),
  ...imageInputFields,
  ...skipFields,
});

export interface EvaluationResult extends Omit<Score, "mistakes">, Pick<Assessment, "classes" | "macro"> {
  readonly model: string;
  readonly split: SplitName;
  readonly classNames: readonly string[];
  /** Area under the ROC curve; absent for more than two classes, and where all samples are of one. */
  readonly auc?: number;
  /** Mean distance of the predicted class's probability and how often it is right. */
  readonly calibrationError: number;
  /** The file that was asked for. */
  readonly report?: string;
  /** The worst mistakes: those that the model was surest of. */
  readonly mistakes: readonly WrongPrediction[];
  readonly mistakeCount: number;
  readonly skipped: readonly SkippedImage[];
  /** Of an evaluation on images: what was omitted from the folder. */
  readonly omitted?: Omitted;
  /** Of an evaluation on images: those that the model was trained on, and that were therefore omitted. */
  readonly trainedOn?: number;
  readonly seconds: number;
}

export interface WrongPrediction {
  readonly file: string;
  /** The actual one. */
  readonly class: string;
  readonly predicted: string;
  /** Of the predicted class. */
  readonly probability: number;
}

/**
 * Scores a saved model on a split of a folder of images.
 * @throws WgraftError `bad-input` for a folder, a model or an image that is not what it should be, `usage` for options that
 *   contradict what the model was trained with, `aborted`
 * @example
 * const { accuracy, confusion } = await evaluateOnImages({ model: "runs/head", data: "cats_and_dogs", split: "test" });
 */
export async function evaluateOnImages(given: ImageEvaluationOptions): Promise<EvaluationResult> {
  const options = checkOptions(imageTable, given);
  await checkReport(options.report);
  // The folder is looked at first: it takes no time, and the model may have to be downloaded.
  const dataset = await listEvaluationData(options);
  const saved = await openSavedModel(options.model, options);
  const { classNames } = dataset;
  const trained = saved.base?.classNames;
  if (trained && trained.join("/") !== classNames.join("/")) {
    throw new WgraftError(
      "bad-input",
      `${options.data}: has the classes ${classNames.join(", ")}; the model was trained on ${trained.join(", ")}`,
    );
  }
  const images = await openImageInputs(saved, options);
  const { files, split, omitted, trainedOn, ...chosen } = await chooseEvaluationData(
    dataset,
    saved.path,
    options,
  );
  const skipped = [...chosen.skipped];
  const parts = images.inputs(files, (one) => {
    skipped.push(one);
    options.onSkip?.(one);
  });
  const { preprocess } = images;
  const samples = {
    ...{ split, classNames, count: files.length, preprocess, parts },
    ...{ of: options.data, images },
  };
  return { ...(await evaluate(saved, samples, options)), skipped, omitted, trainedOn };
}

/**
 * Scores a saved model on a split of a features file.
 * @throws WgraftError `bad-input` for a file that is not what it should be, or features of another base; `aborted`
 * @example
 * const { accuracy } = await evaluateOnFeatures({ model: "runs/head", features: "features.h5" });
 */
export async function evaluateOnFeatures(given: FeaturesEvaluationOptions): Promise<EvaluationResult> {
  const options = checkOptions(featuresTable, given);
  const { features: file } = options;
  await checkReport(options.report);
  const saved = await openSavedModel(options.model, options);
  const { meta, splits } = await readFeatures(file, { signal: options.signal });
  if (saved.base) checkSameBase(saved.base, meta, file);
  const split = options.split ?? ("test" in splits ? "test" : "validation");
  if (options.split === undefined) options.onNote?.(`${file}: evaluated on ${split}`);
  const found = splits[split];
  if (!found) throw noSplit(`${file}: has no split ${split}`, Object.keys(splits));
  const [n = 0, ...shape] = found.features.shape;
  checkFeatureSize(saved, shape, file);
  const x = found.features.reshape([n, ...saved.model.inputShape]);
  const files = found.filenames.map((relative) => ({ relative }));
  const parts = once({ x, labels: found.labels.dataSync(), files });
  const samples = {
    ...{ split, classNames: meta.classNames, count: n, preprocess: "none" as const, parts },
    of: file,
  };
  return evaluate(saved, samples, options);
}

interface Samples {
  readonly split: SplitName;
  readonly classNames: readonly string[];
  readonly count: number;
  readonly preprocess: Preprocess;
  readonly parts: AsyncIterable<LabelledSamples<AssessedSample>>;
  /** The folder, or the features file. */
  readonly of: string;
  /** How images reach the model; undefined for features. */
  readonly images?: ImageInputs;
}

async function evaluate(
  saved: SavedModel,
  { split, classNames, count, preprocess, parts, of, images }: Samples,
  options: Arguments<typeof featuresTable> | Arguments<typeof imageTable>,
): Promise<EvaluationResult> {
  const { model, path, meaning } = saved;
  const { mistakes: most, batchSize, signal, onProgress, report } = options;
  checkOutputs(model, classNames.length, path);
  if (meaning === "values") throw new WgraftError("bad-input", `${path}: the model's outputs ${noClasses}`);
  if (meaning === "logits" && model.outputShape[0] === 1) {
    options.onNote?.(
      `${path}: its outputs are logits; the confusion matrix takes those above 0 for the second class, acc those above 0.5, as Keras does`,
    );
  }
  const start = performance.now();
  onProgress?.(0, count);
  const assessor = new Assessor(classNames);
  const { mistakes, ...figures } = await score(model, parts, classesOf(model), {
    preprocess,
    meaning,
    batchSize,
    signal,
    onProgress: (done) => void onProgress?.(done, count),
    onSample: (label, classification, file) => assessor.add(label, classification, file),
  });
  if (figures.samples === 0) throw new WgraftError("bad-input", "no image could be read");
  const seconds = (performance.now() - start) / 1000;
  if (report !== undefined) {
    const { loss, accuracy } = figures;
    const exif = images?.preparation.exif ?? false;
    const assessment = await assessor.finish({ split, loss, accuracy, exif });
    const explained =
      images && (await explainSome(assessor.toExplain(), { saved, images, classNames }, signal));
    await writeEvaluationReport(report, { saved, of, assessment, explained, seconds });
  }
  const { classes, macro, roc, calibration } = assessor.figures();
  return {
    model: options.model,
    split,
    classNames,
    ...figures,
    ...{ classes, macro },
    ...(roc && { auc: roc.auc }),
    calibrationError: calibration.error,
    ...(report !== undefined && { report }),
    mistakes: mistakes.slice(0, most).map(({ file, label, predicted, probability }) => ({
      file,
      class: classNames[label],
      predicted: classNames[predicted],
      probability,
    })),
    mistakeCount: mistakes.length,
    skipped: [],
    seconds,
  };
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}
