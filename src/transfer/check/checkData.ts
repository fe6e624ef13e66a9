/** An audit of a dataset, before anything is trained on it. */
import { WgraftError } from "../../errors.js";
import { inspectImages } from "../../io/dataset/inspect.js";
import { describeOmitted } from "../../io/dataset/omitted.js";
import { listDataset, type ImageDataset } from "../../io/dataset/splits.js";
import type { DataCheck, Unchecked, UnlikelyLabel, UnreadableImage } from "../../io/report/dataCheck.js";
import { checkOptions } from "../../options/checkOptions.js";
import { callback, integer, number, positiveInteger, text } from "../../options/checks.js";
import { optional, optionsOf, required, type Arguments } from "../../options/fields.js";
import { defaults } from "../defaults.js";
import { baseFields, cacheFields, imageFields, openDevice, transferFields } from "../options.js";
import { standardizedFeatures, unitRows, type FeatureOptions } from "./features.js";
import {
  byContent,
  checkedImage,
  connected,
  groupOf,
  nearGroups,
  type CheckedFile,
  type FoundPairs,
} from "./groups.js";
import { doubtfulLabels, outOfFoldProbabilities } from "./labels.js";
import { blankContrast, oddImages, sizesOf } from "./odd.js";
import { similarPatterns, similarRows } from "./similar.js";

export interface CheckDataOptions extends FeatureOptions {
  /** Folder with train, validation and test, in each a folder per class; or with a folder per class. */
  data: string;
  /** At most this many images of each class, the first ones. Default: all. */
  limit?: number;
  /** Cosine of two images' features from which on they are near duplicates. Default 0.85. */
  similarity?: number;
  /** Parts of the cross-validation. Default 5. */
  folds?: number;
  /** Images that were looked at. */
  onCheck?: (done: number, total: number) => void;
  /** Images whose features are done, or folds of the cross-validation. */
  onProgress?: (done: number, total: number, what: string) => void;
}

const table = optionsOf<CheckDataOptions>("checkData").fields({
  data: required(text),
  limit: optional(positiveInteger),
  similarity: optional(number({ above: 0, max: 1 }), defaults.similarity),
  folds: optional(integer({ min: 2 }), defaults.folds),
  model: optional(text),
  ...baseFields,
  ...imageFields,
  batchSize: optional(positiveInteger, defaults.batchSize),
  ...cacheFields,
  ...transferFields,
  onCheck: optional(callback),
  onProgress: optional(callback),
});

type Options = Arguments<typeof table>;

/** Correlation of two images' patterns from which on they are near duplicates. Different photos stay below 0.95. */
const patternCorrelation = 0.98;

/**
 * Looks at every image of a dataset: what cannot be read, copies (also across splits and classes), odd forms, how many there
 * are of each class. With a base (`app`, `weights` or `model`) also near duplicates by features, and labels that are likely
 * wrong. Nothing is changed or deleted.
 * @throws WgraftError `bad-input` as `listDataset`, `usage`, `aborted`, and where there is a base what opening it throws
 * @example
 * const { duplicates, unlikelyLabels } = await checkData({ data: "photos", app: "mobilenet" });
 * for (const { images, acrossSplits } of duplicates) if (acrossSplits) console.log(images);
 */
export async function checkData(given: CheckDataOptions): Promise<DataCheck> {
  const options = checkOptions(table, given);
  const { data, limit, signal, onNote } = options;
  const withFeatures = wantsFeatures(given);
  const dataset = await listDataset(data, { limit });
  const { classNames, splits, omitted } = dataset;
  const omittedLine = describeOmitted(omitted);
  if (omittedLine !== undefined) onNote?.(omittedLine);
  const { files, unreadable } = await inspect(dataset, options);
  const contents = byContent(files);
  const first = contents.map(([file]) => file);
  const found: FoundPairs[] = [{ by: "pixels", pairs: await patternPairs(first, signal) }];
  const checked =
    withFeatures && first.length > 1 ? await byFeatures(contents, found, classNames, options) : undefined;
  return {
    ...{ data, classNames },
    splits: splits.map(({ name }) => countsOf(name, classNames, files)),
    images: files.length,
    sizes: sizesOf(files),
    imbalance: imbalanceOf(classNames, files, splits[0].name),
    unreadable,
    duplicates: contents.filter((group) => group.length > 1).map(groupOf),
    nearDuplicates: nearGroups(contents, checked ? [...found, checked.pairs] : found),
    odd: oddImages(files),
    unlikelyLabels: checked?.unlikely,
    features: checked?.features,
    notChecked: checked?.notChecked ?? withoutFeatures(first.length),
    omitted: omitted.counts,
  };
}

async function inspect({ splits, classNames }: ImageDataset, { signal, onCheck }: Options) {
  const total = splits.reduce((sum, { files }) => sum + files.length, 0);
  const files: CheckedFile[] = [];
  const unreadable: UnreadableImage[] = [];
  let done = 0;
  onCheck?.(0, total);
  for (const { name: split, files: listed } of splits) {
    const inspected = await inspectImages(listed, signal, (n) => {
      onCheck?.(done + n, total);
    });
    done += listed.length;
    files.push(...inspected.files.map((file) => ({ ...file, split, class: classNames[file.label] })));
    for (const { file, error } of inspected.bad)
      unreadable.push({ file: file.path, split, class: classNames[file.label], error: error.message });
  }
  return { files, unreadable };
}

/** Pairs of files that look alike. One without a pattern has no likeness. */
async function patternPairs(files: readonly CheckedFile[], signal: AbortSignal | undefined) {
  const shown = [...files.keys()].filter((i) => files[i].contrast >= blankContrast);
  const patterns = shown.map((i) => files[i].pattern);
  const pairs = await similarPatterns(patterns, patternCorrelation, signal);
  return pairs.map(({ a, b, similarity }) => ({ a: shown[a], b: shown[b], similarity }));
}

/** Options that only features need. */
const ofFeatures = [
  ...(["similarity", "folds", "weightsSha256", "size", "layer", "pooling", "alpha"] as const),
  ...(["preprocess", "interpolation", "exif"] as const),
];

/** @throws WgraftError `usage` for an option that would have no effect, or contradicts another */
function wantsFeatures(given: CheckDataOptions): boolean {
  const { app, weights, model } = given;
  const refuse = (option: string, why: string) =>
    new WgraftError("usage", `\`${option}\` is for ${why}`, { option });
  const own = (["app", "weights", "weightsSha256", "alpha"] as const).find(
    (name) => given[name] !== undefined,
  );
  if (model !== undefined && own) throw refuse(own, "an application; `model` has its own weights");
  if (model !== undefined || app !== undefined || weights !== undefined) return true;
  const misplaced = ofFeatures.find((name) => given[name] !== undefined);
  if (misplaced) throw refuse(misplaced, "the checks by features; name a base with `app` or `model`");
  return false;
}

function withoutFeatures(images: number): Unchecked[] {
  const why = images > 1 ? "no base was named: `app` or `model`" : "there are fewer than two images";
  return [
    { what: "labels that are likely wrong", why },
    { what: "near duplicates by features (crops, small turns)", why },
  ];
}

/** What only features show, of one file of each content. */
async function byFeatures(
  contents: readonly (readonly CheckedFile[])[],
  found: readonly FoundPairs[],
  classNames: readonly string[],
  options: Options,
) {
  const { similarity, signal, onProgress, folds: wanted, seed = 0 } = options;
  const files = contents.map(([file]) => file);
  const device = await openDevice(options);
  const { features, meta } = await standardizedFeatures(files, classNames, options, seed, device, (done) => {
    onProgress?.(done, files.length, "features");
  });
  const pairs: FoundPairs = {
    by: "features",
    pairs: await similarRows(device, unitRows(features), similarity, signal),
  };
  const { application, layer } = meta;
  const labels = files.map(({ label }) => label);
  const groups = connected(files.length, [...found, pairs]);
  const folds = Math.min(wanted, ...classNames.map((_, label) => groupsOf(label, labels, groups)));
  if (classNames.length < 2 || folds < 2) {
    const why = "every class needs two different images, and there have to be two classes";
    const notChecked: Unchecked[] = [{ what: "labels that are likely wrong", why }];
    return {
      pairs,
      unlikely: undefined,
      features: { application, layer, accuracy: undefined, folds: undefined },
      notChecked,
    };
  }
  const probabilities = await outOfFoldProbabilities(
    { features, labels, classes: classNames.length, groups },
    {
      device,
      folds,
      seed,
      signal,
      onProgress: (done, total) => {
        onProgress?.(done, total, "cross-validation");
      },
    },
  );
  const values = probabilities.dataSync();
  const of = (i: number, label: number) => values[i * classNames.length + label];
  const unlikely = doubtfulLabels(probabilities, labels).map(({ index, predicted }): UnlikelyLabel => ({
    ...checkedImage(files[index]),
    predicted: classNames[predicted],
    probability: of(index, predicted),
    ownProbability: of(index, labels[index]),
  }));
  const right = labels.filter((label, i) => classNames.every((_, other) => of(i, other) <= of(i, label)));
  const accuracy = right.length / labels.length;
  return { pairs, unlikely, features: { application, layer, accuracy, folds }, notChecked: [] };
}

/** Different images of a class. */
function groupsOf(label: number, labels: readonly number[], groups: readonly number[]): number {
  return new Set(groups.filter((_, i) => labels[i] === label)).size;
}

function countsOf(name: string, classNames: readonly string[], files: readonly CheckedFile[]) {
  const inside = files.filter(({ split }) => split === name);
  const classes = classNames.map((className) => [
    className,
    inside.filter((file) => file.class === className).length,
  ]);
  return { name, images: inside.length, classes: Object.fromEntries(classes) as Record<string, number> };
}

function imbalanceOf(
  classNames: readonly string[],
  files: readonly CheckedFile[],
  split: string,
): DataCheck["imbalance"] {
  const { classes } = countsOf(split, classNames, files);
  const [smallest, largest] = [Math.min, Math.max].map((extreme) => {
    const count = extreme(...Object.values(classes));
    return classNames.find((name) => classes[name] === count)!;
  });
  return { largest, smallest, ratio: classes[largest] / classes[smallest] };
}
