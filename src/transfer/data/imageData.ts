/** The images of a training, an extraction or an evaluation, and what is known of them before one is decoded. */
import { createHash } from "node:crypto";
import { WgraftError } from "../../errors.js";
import { holdOut } from "../../io/dataset/holdOut.js";
import { badImages, type SkippedImage } from "../../io/dataset/loader.js";
import { describeOmitted, type Omitted } from "../../io/dataset/omitted.js";
import { listDataset, type SplitName } from "../../io/dataset/splits.js";
import { surveyImages, type SurveyedFile } from "../../io/dataset/survey.js";
import { number, positiveInteger, text } from "../../options/checks.js";
import { optional, required } from "../../options/fields.js";
import { defaults } from "../defaults.js";
import type { SkipOptions, TransferOptions } from "../options.js";

/** Which images. */
export interface DataOptions {
  /** Folder with train, validation and test, in each a folder per class; or with a folder per class. */
  data: string;
  /** At most this many images of each class, the first ones. Default: all. */
  limit?: number;
  /** Share of each class that is for validation where no folder is; 0 for none. Default 0.2. */
  validationSplit?: number;
}

export const dataFields = {
  data: required(text),
  limit: optional(positiveInteger),
  validationSplit: optional(number({ min: 0, below: 1 })),
};

export interface ImageSplit {
  readonly name: SplitName;
  readonly files: readonly SurveyedFile[];
}

export interface ImageData {
  readonly classNames: readonly string[];
  /** In the order train, validation, test. */
  readonly splits: readonly ImageSplit[];
  /** Whether the validation images were chosen by their hashes, and not by a folder. */
  readonly isHeldOut: boolean;
  readonly omitted: Omitted;
  /** Images that do not decode, with `skipBad`. */
  readonly skipped: readonly SkippedImage[];
  /** Images whose EXIF orientation is not 1. */
  readonly turned: number;
}

export interface DataListeners extends SkipOptions, Pick<TransferOptions, "signal" | "onNote"> {
  /** Whether EXIF's orientation is applied, for the note about it. */
  exif?: boolean;
  /** Images that have been looked at, of all. */
  onCheck?: (done: number, total: number) => void;
}

/**
 * Lists the images of a folder, reads each of them once, and splits them where no folder does.
 * @throws WgraftError `bad-input` as `listDataset`; for images that cannot be used, all of them in one message, unless
 *   `skipBad`; and where a class has none left. `usage` for a `validationSplit` where there is a validation folder
 */
export async function openImageData(
  { data: dir, limit, validationSplit }: DataOptions,
  { skipBad, onSkip, exif, signal, onNote, onCheck }: DataListeners,
): Promise<ImageData> {
  const { classNames, splits: listed, omitted } = await listDataset(dir, { limit, minClasses: 2 });
  const omittedLine = describeOmitted(omitted);
  if (omittedLine !== undefined) onNote?.(omittedLine);
  const total = listed.reduce((sum, { files }) => sum + files.length, 0);
  const skipped: SkippedImage[] = [];
  const surveyed: ImageSplit[] = [];
  let done = 0;
  onCheck?.(0, total);
  for (const { name, files } of listed) {
    const { files: good, bad } = await surveyImages(files, signal, (n) => onCheck?.(done + n, total));
    done += files.length;
    skipped.push(...bad);
    surveyed.push({ name, files: good });
  }
  if (skipped.length > 0 && !skipBad) throw badImages(skipped);
  skipped.forEach((one) => onSkip?.(one));
  for (const split of surveyed) checkClasses(split, classNames);
  const turned = surveyed.flatMap(({ files }) => files).filter(({ orientation }) => orientation !== 1).length;
  if (turned > 0) onNote?.(describeTurned(turned, exif ?? false));
  const { splits, isHeldOut } = withValidation(dir, surveyed, classNames, validationSplit, onNote);
  return { classNames, splits, isHeldOut, omitted, skipped, turned };
}

function describeTurned(turned: number, exif: boolean): string {
  const what = `${turned} ${turned === 1 ? "image has" : "images have"} an EXIF orientation`;
  return exif ? `${what} that is applied` : `${what} that is ignored, as in Keras (\`exif\` applies it)`;
}

function withValidation(
  dir: string,
  splits: readonly ImageSplit[],
  classNames: readonly string[],
  asked: number | undefined,
  onNote: DataListeners["onNote"],
): Pick<ImageData, "splits" | "isHeldOut"> {
  const train = splits.find(({ name }) => name === "train");
  if (splits.some(({ name }) => name === "validation")) {
    if (asked === undefined || asked === 0) return { splits, isHeldOut: false };
    throw new WgraftError(
      "usage",
      `\`validationSplit\` ${asked}: ${dir} has a validation folder; omit \`validationSplit\``,
      {
        option: "validationSplit",
      },
    );
  }
  const share = asked ?? defaults.validationSplit;
  if (!train || share === 0) return { splits, isHeldOut: false };
  const parts = holdOut(train.files, classNames, share);
  onNote?.(
    `${dir}: no validation folder; ${parts.validation.length} of ${train.files.length} images are for validation (\`validationSplit\` ${share})`,
  );
  const halves = (["train", "validation"] as const).map((name) => ({ name, files: parts[name] }));
  return { splits: [...halves, ...splits.filter(({ name }) => name === "test")], isHeldOut: true };
}

/** Skipped images may leave a split without a class, and then no head can be trained or judged on it. */
function checkClasses({ name, files }: ImageSplit, classNames: readonly string[]): void {
  const empty = classNames.find((_, label) => !files.some((file) => file.label === label));
  if (empty !== undefined)
    throw new WgraftError("bad-input", `${name}: no image of the class ${empty} could be read`);
}

/** The split of a name. @throws WgraftError `bad-input` where there is none */
export function splitNamed(
  dir: string,
  { splits }: Pick<ImageData, "splits">,
  wanted: SplitName,
): ImageSplit {
  const found = splits.find(({ name }) => name === wanted);
  if (found) return found;
  const names = splits.map(({ name }) => name).join(", ");
  throw new WgraftError("bad-input", `${dir}: has no folder ${wanted}, only ${names}`);
}

/**
 * The size that all images have, for a model that leaves it open.
 * @param model names it in errors
 * @param exif whether their orientation is applied
 * @throws WgraftError `usage` where they have several
 */
export function commonSize(
  model: string,
  splits: readonly ImageSplit[],
  exif = false,
): readonly [height: number, width: number] {
  const sized = splits
    .flatMap(({ files }) => files)
    .map((file) => ({ path: file.path, size: sizeOf(file, exif) }));
  const [first] = sized;
  const other = sized.find(({ size }) => size.join() !== first.size.join());
  if (!other) return first.size;
  const [one, two] = [first, other].map(({ path, size }) => `${path} has ${size.join("×")}`);
  throw new WgraftError(
    "usage",
    `${model} takes images of any size, and a batch needs one: ${one}, ${two}; name one with \`size\``,
    { option: "size" },
  );
}

/** Height and width as the image is read; from 5 on an orientation turns it on its side. */
function sizeOf({ height, width, orientation }: SurveyedFile, exif: boolean): [number, number] {
  return exif && orientation >= 5 ? [width, height] : [height, width];
}

/** sha256 of the images' names, labels and contents. */
export function identityOf(files: readonly SurveyedFile[]): string {
  const hash = createHash("sha256");
  for (const { relative, label, sha256 } of files) hash.update(JSON.stringify([relative, label, sha256]));
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
    throw new WgraftError("bad-input", `${name}: no image of the class ${classNames[label]} could be read`);
  };
}
