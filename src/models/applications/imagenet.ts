/** The names of ImageNet's classes, and predictions in them. */
import { readFile } from "node:fs/promises";
import { shapeError, WgraftError } from "../../errors.js";
import { cachedFile, type CacheOptions } from "../../io/cache/weightsCache.js";
import { parseJson } from "../../io/json.js";
import { statRegularFile } from "../../io/regularFile.js";
import { abortSignal, callback, check, flag, positiveInteger, text } from "../../options/checks.js";
import { checkArgument, checkOptions } from "../../options/checkOptions.js";
import { isPlainObject } from "../../options/describe.js";
import { optional, optionsOf } from "../../options/fields.js";
import { formatShape, Tensor } from "../../tensor.js";
import { googleStorage } from "./common/publishedWeights.js";

/** How many classes the tops of the published networks distinguish. */
export const imagenetClassCount = 1000;

const publishedIndex = {
  name: "imagenet_class_index.json",
  url: `${googleStorage}download.tensorflow.org/data/imagenet_class_index.json`,
  md5: "c2c37ea517e94d9795004a39431a14cb",
};

/** Thirty times the published file. */
const maxBytes = 2 ** 20;

/** A class of ImageNet's. */
export interface ImageNetClass {
  /** In WordNet: "n02123045". */
  readonly id: string;
  /** "tabby" */
  readonly label: string;
}

export interface ImageNetPrediction extends ImageNetClass {
  readonly probability: number;
}

export interface ClassIndexOptions extends Omit<CacheOptions, "sha256" | "onNote"> {
  /** A class index file. Default: Keras's, from its cache or downloaded into it. */
  classIndex?: string;
}

export interface DecodePredictionsOptions extends ClassIndexOptions {
  /** How many classes of each sample, the most probable ones. Default 5. */
  top?: number;
}

const indexFields = {
  classIndex: optional(text),
  kerasHome: optional(text),
  offline: optional(flag),
  onProgress: optional(callback),
  signal: optional(abortSignal),
};
const indexTable = optionsOf<ClassIndexOptions>("imagenetClasses").fields(indexFields);
const decodeTable = optionsOf<DecodePredictionsOptions>("decodePredictions").fields({
  ...indexFields,
  top: optional(positiveInteger, 5),
});
const predictionTensor = check<Tensor>("a Tensor", (value) => value instanceof Tensor);

/**
 * ImageNet's 1000 classes in the order of a network's outputs.
 * @throws WgraftError `bad-input` for a file that is no class index, `io` where Keras's cannot be had, `aborted`
 * @example
 * const classes = await imagenetClasses();
 * console.log(classes[281].label); // tabby
 */
export async function imagenetClasses(options?: ClassIndexOptions): Promise<readonly ImageNetClass[]> {
  const { classIndex, ...cache } = checkOptions(indexTable, options);
  return readClassIndex(classIndex ?? (await cachedFile(publishedIndex, "class index", cache)));
}

/**
 * The classes that an application with its top sees, the most probable first, for each sample: `decode_predictions` of
 * keras.applications.
 * @param predictions float32 (samples, 1000)
 * @throws WgraftError `shape` for other predictions, `usage` for options that make no sense; else as `imagenetClasses`
 * @example
 * const model = await MobileNetV2();
 * const [best] = await decodePredictions(await model.predict(images), { top: 3 });
 * for (const { label, probability } of best) console.log(label, probability.toFixed(3));
 */
export async function decodePredictions(
  predictions: Tensor,
  options?: DecodePredictionsOptions,
): Promise<ImageNetPrediction[][]> {
  const { top, ...index } = checkOptions(decodeTable, options);
  const { shape } = checkArgument("decodePredictions", "predictions", predictionTensor, predictions);
  if (shape.length !== 2 || shape[1] !== imagenetClassCount)
    throw shapeError("decodePredictions", `predictions (samples, ${imagenetClassCount})`, formatShape(shape));
  const classes = await imagenetClasses(index);
  const values = await predictions.data();
  return Array.from({ length: shape[0] }, (_, sample) =>
    classes
      .map((one, i) => ({ ...one, probability: values[sample * imagenetClassCount + i] }))
      .sort((a, b) => b.probability - a.probability)
      .slice(0, top),
  );
}

/** `{"0": ["n01440764", "tench"], …}` */
async function readClassIndex(path: string): Promise<ImageNetClass[]> {
  const bad = (why: string) => new WgraftError("bad-input", `${path}: is no class index of ImageNet: ${why}`);
  const { size } = await statRegularFile(path);
  if (size > maxBytes) throw bad(`it has ${size} bytes, more than the limit of ${maxBytes}`);
  const json = parseJson(await readFile(path, "utf8"), path, "class index");
  if (!isPlainObject(json)) throw bad("it has no object");
  const count = Object.keys(json).length;
  if (count !== imagenetClassCount) throw bad(`it has ${count} classes, not ${imagenetClassCount}`);
  return Array.from({ length: count }, (_, i) => {
    const entry = json[String(i)];
    const isEntry = Array.isArray(entry) && entry.length === 2 && entry.every((e) => typeof e === "string");
    if (!isEntry) throw bad(`class ${i} is not [id, name]`);
    const [id, label] = entry as [string, string];
    return { id, label };
  });
}
