/** Which images of a folder an evaluation takes. */
import { WgraftError } from "../../errors.js";
import { describeOmitted, type Omitted } from "../../io/dataset/omitted.js";
import type { ImageFile } from "../../io/dataset/folder.js";
import { badImages, type SkippedImage } from "../../io/dataset/loader.js";
import { listDataset, type ImageDataset, type SplitName } from "../../io/dataset/splits.js";
import { surveyImages, type SurveyedFile } from "../../io/dataset/survey.js";
import type { SkipOptions, TransferOptions } from "../options.js";
import { readRunImages, type RunImages } from "../run/images.js";

export interface EvaluationData {
  readonly classNames: readonly string[];
  readonly split: SplitName;
  readonly files: readonly ImageFile[];
  readonly omitted: Omitted;
  /** Images that do not decode, with `skipBad`. */
  readonly skipped: readonly SkippedImage[];
  /** Images that the model was trained on, and are therefore omitted. */
  readonly trainedOn: number;
}

interface EvaluationDataOptions extends SkipOptions, Pick<TransferOptions, "signal" | "onNote"> {
  readonly data: string;
  /** Default: test if there is one, else validation. */
  readonly split?: SplitName;
  readonly limit?: number;
}

/** Lists the folder, before the model is opened. */
export async function listEvaluationData({ data, limit }: EvaluationDataOptions): Promise<ImageDataset> {
  return listDataset(data, { limit, minClasses: 2 });
}

/**
 * The images of a split. Where no folder is for validation, those that the run of the model was validated on, and where there
 * are none of them, those that it was not trained on.
 * @param modelPath the model's file
 * @throws WgraftError `bad-input` where there are no such images, and for images that cannot be used, unless `skipBad`
 */
export async function chooseEvaluationData(
  dataset: ImageDataset,
  modelPath: string,
  options: EvaluationDataOptions,
): Promise<EvaluationData> {
  const { data: dir, onNote } = options;
  const { classNames, omitted, splits } = dataset;
  const omittedLine = describeOmitted(omitted);
  if (omittedLine !== undefined) onNote?.(omittedLine);
  const names = splits.map(({ name }) => name);
  const split = options.split ?? (names.includes("test") ? "test" : "validation");
  const common = { classNames, omitted, split };
  const folder = dataset.hasSplits ? splits.find(({ name }) => name === split) : undefined;
  const isTrainOnly = split === "train" && folder !== undefined && !names.includes("validation");
  if (folder && !isTrainOnly) {
    if (options.split === undefined) onNote?.(`${dir}: evaluated on ${split}`);
    return { ...common, files: folder.files, skipped: [], trainedOn: 0 };
  }
  const whole = splits.find(({ name }) => name === "train");
  if (split === "test" || !whole) throw noSplit(`${dir}: has no folder ${split}`, names);
  const { files, bad } = await surveyImages(whole.files, options.signal);
  if (bad.length > 0 && !options.skipBad) throw badImages(bad);
  bad.forEach((one) => options.onSkip?.(one));
  const record = await readRunImages(modelPath);
  const chosen = record ? chooseBy(record, files, split) : unrecorded(files);
  if (chosen.files.length === 0)
    throw new WgraftError("bad-input", `${dir}: ${modelPath} was trained on all of its images; none is left`);
  onNote?.(`${dir}: ${chosen.note}`);
  return { ...common, files: chosen.files, skipped: bad, trainedOn: chosen.trainedOn };
}

interface Choice {
  readonly files: readonly SurveyedFile[];
  readonly trainedOn: number;
  readonly note: string;
}

function unrecorded(files: readonly SurveyedFile[]): Choice {
  const note = `nothing records which images the model was trained on; evaluated on all ${files.length}`;
  return { files, trainedOn: 0, note };
}

function chooseBy(record: RunImages, files: readonly SurveyedFile[], split: SplitName): Choice {
  const hashesOf = (name: SplitName) => new Set((record.splits[name] ?? []).map(([, sha256]) => sha256));
  const [trained, validated] = [hashesOf("train"), hashesOf("validation")];
  const within = (hashes: ReadonlySet<string>) => files.filter(({ sha256 }) => hashes.has(sha256));
  const [ofTraining, ofValidation] = [within(trained), within(validated)];
  const rest = files.length - ofTraining.length - ofValidation.length;
  if (split === "train")
    return {
      files: ofTraining,
      trainedOn: 0,
      note: `evaluated on the ${ofTraining.length} images that the model was trained on`,
    };
  const omitted = `${ofTraining.length} that it was trained on are omitted`;
  if (ofValidation.length === 0) {
    const fresh = files.filter(({ sha256 }) => !trained.has(sha256));
    return {
      files: fresh,
      trainedOn: ofTraining.length,
      note: `evaluated on the ${fresh.length} images that the model has not seen; ${omitted}`,
    };
  }
  const others = rest > 0 ? `, and ${rest} that its run does not know` : "";
  return {
    files: ofValidation,
    trainedOn: ofTraining.length,
    note: `evaluated on the ${ofValidation.length} images that the model was validated on; ${omitted}${others}`,
  };
}

/** @param names of the splits that there are */
export function noSplit(what: string, names: readonly string[]): WgraftError {
  return new WgraftError("bad-input", `${what}; \`split\` names one of ${names.join(", ")}`, {
    option: "split",
  });
}
