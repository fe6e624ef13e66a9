/** A saved model ready for pictures: alone, or behind the base that its features came from. */
import { basename } from "node:path";
import { WgraftError } from "../errors.js";
import type { ImageFile } from "../io/dataset/folder.js";
import type { SkippedImage } from "../io/dataset/loader.js";
import type { FeaturesMeta } from "../io/features.js";
import type { Interpolation } from "../io/images/resize.js";
import { extractFeatures } from "../models/data/extractFeatures.js";
import { ImageSource, type ImageSourceOptions } from "../models/data/imageSource.js";
import { joined, type LabelledSamples } from "../models/data/score.js";
import type { Model } from "../models/model.js";
import { loadModel } from "../models/saving/load.js";
import type { Preprocess } from "../models/training/batches.js";
import { formatShape, sizeOf, Tensor } from "../tensor.js";
import { picturesOf, reopenBase } from "./base.js";
import { lossFor } from "./head.js";
import { flagOf, pictureDefaults } from "./options.js";
import type { CommandContext, GlobalOptions } from "./run.js";
import { readRunConfig } from "./runFolder.js";

export interface ClassifierOptions extends GlobalOptions {
  model: string;
  weights?: string;
  offline?: boolean;
  batchSize: number;
  /** Default: as the model was trained; "rescale" where it does not tell. */
  preprocess?: Preprocess;
  /** Default: as the model was trained; "nearest" where it does not tell. */
  interpolation?: Interpolation;
  skipBad?: boolean;
}

export interface Head {
  readonly model: Model;
  readonly path: string;
  /** What it was trained on, as the config.json beside it tells; undefined where there is none. */
  readonly base?: FeaturesMeta;
  /** Whether it takes pictures itself, and not the features that the base makes of them. */
  readonly takesPictures: boolean;
}

/** Samples that the head is given at once. */
const samplesPerPart = 512;

/** Loads a model and what lies beside it, and compiles it for scoring. */
export async function openHead(path: string, context: CommandContext): Promise<Head> {
  const config = await readRunConfig(path);
  const model = await loadModel(path, { device: await context.device() });
  const { inputShape, outputShape } = model;
  if (outputShape.length !== 1)
    throw new WgraftError(
      "bad-input",
      `${path}: puts out ${formatShape(outputShape)}, where class probabilities are needed`,
    );
  model.compile({ loss: lossFor(outputShape[0]), metrics: ["acc"] });
  const isImage = inputShape.length === 3 && inputShape[2] === 3;
  return { model, path, base: config?.base, takesPictures: isImage && config?.features === undefined };
}

/** Number of classes that a model tells apart. */
export function classesOf(model: Model): number {
  return Math.max(2, model.outputShape[0]);
}

/** What makes a model's inputs out of pictures. */
export interface Pictures {
  /** For `score` and `predict`: how the model's own inputs are to be preprocessed. */
  readonly preprocess: Preprocess;
  /** In parts, in the order of `files` but for those that are skipped. */
  inputs(
    files: readonly ImageFile[],
    onSkip?: (skipped: SkippedImage) => void,
  ): AsyncIterable<LabelledSamples<ImageFile>>;
  /** What the model makes of the pictures, in parts; the next pictures are decoded meanwhile. */
  outputs(
    files: readonly ImageFile[],
    onSkip?: (skipped: SkippedImage) => void,
  ): AsyncIterable<{ readonly outputs: Tensor<"float32">; readonly files: readonly ImageFile[] }>;
}

/** Opens the recorded base of a head; a model that takes pictures needs none. */
export async function openPictures(
  head: Head,
  options: ClassifierOptions,
  context: CommandContext,
): Promise<Pictures> {
  const { inputShape } = head.model;
  const { batchSize, skipBad } = options;
  const { signal } = context;
  if (head.base) checkTyped(head, options, picturesOf(head.base));
  if (head.takesPictures) {
    if (options.weights !== undefined) {
      throw new WgraftError(
        "usage",
        `--weights is for a head that was trained on features; ${head.path} has those of its base in it`,
      );
    }
    const [height, width] = inputShape;
    const typed = {
      preprocess: options.preprocess ?? pictureDefaults.preprocess,
      interpolation: options.interpolation ?? pictureDefaults.interpolation,
    };
    const { preprocess, interpolation } = head.base ? picturesOf(head.base) : typed;
    const given = { height, width, preprocess, interpolation, skipBad };
    const sourceOf = (files: readonly ImageFile[], onSkip?: (skipped: SkippedImage) => void) =>
      new ImageSource(files, { ...given, onSkip });
    return {
      preprocess,
      inputs: (...chosen) => joined(pictureSamples(sourceOf(...chosen), batchSize, signal), samplesPerPart),
      async *outputs(...chosen) {
        const batches = extractFeatures(head.model, sourceOf(...chosen), { batchSize, signal });
        for await (const { features, files } of batches) yield { outputs: features, files };
      },
    };
  }
  if (!head.base) {
    throw new WgraftError(
      "bad-input",
      `${head.path}: takes ${formatShape(inputShape)}, no pictures, and no config.json beside it tells which base made its ` +
        "features; keep it in the folder that wgraft train wrote",
    );
  }
  const base = await reopenBase(head.base, options, context);
  checkFeatureSize(head, base.model.outputShape, `the base ${head.base.application}`);
  const recorded: ImageSourceOptions = { ...picturesOf(head.base), skipBad };
  const extracted: Pictures["inputs"] = (files, onSkip) => {
    const batches = extractFeatures(base.model, new ImageSource(files, { ...recorded, onSkip }), {
      batchSize,
      signal,
    });
    return joined(featureSamples(batches, inputShape), samplesPerPart);
  };
  return {
    preprocess: "none",
    inputs: extracted,
    async *outputs(files, onSkip) {
      for await (const { x, files: part } of extracted(files, onSkip))
        yield { outputs: await head.model.predict(x, { batchSize, signal }), files: part };
    },
  };
}

/** Throws `usage` where pictures are to be put before the model in another way than in its training. */
function checkTyped(
  { path }: Head,
  options: ClassifierOptions,
  trained: { readonly preprocess: Preprocess; readonly interpolation: Interpolation },
): void {
  for (const name of ["preprocess", "interpolation"] as const) {
    if (options[name] === undefined || options[name] === trained[name]) continue;
    throw new WgraftError(
      "usage",
      `${flagOf(name)} ${options[name]}: ${path} was trained with ${trained[name]}; leave ${flagOf(name)} away`,
    );
  }
}

/** Throws `bad-input` unless a head takes features of this shape. */
export function checkFeatureSize(head: Head, shape: readonly number[], whose: string): void {
  const { inputShape } = head.model;
  if (sizeOf(inputShape) === sizeOf(shape)) return;
  throw new WgraftError(
    "bad-input",
    `${head.path}: takes inputs ${formatShape(inputShape)}, ${whose} gives ${formatShape(shape)}`,
  );
}

async function* pictureSamples(
  source: ImageSource,
  batchSize: number,
  signal: AbortSignal,
): AsyncGenerator<LabelledSamples<ImageFile>> {
  for await (const { x, y, files } of source.batches(batchSize, undefined, signal))
    yield { x: new Tensor(x, [files.length, ...source.sample.shape], "uint8"), labels: y, files };
}

async function* featureSamples(
  batches: ReturnType<typeof extractFeatures>,
  inputShape: readonly number[],
): AsyncGenerator<LabelledSamples<ImageFile>> {
  for await (const { features, labels, files } of batches)
    yield { x: features.reshape([files.length, ...inputShape]), labels, files };
}

/** Pictures that were named one by one. They have no class yet; 0 stands in. */
export function asFiles(paths: readonly string[]): ImageFile[] {
  return paths.map((path) => ({ path, relative: basename(path), label: 0 }));
}
