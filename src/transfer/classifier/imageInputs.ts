/** How images reach a saved model: as they are, or through the base that its features came from. */
import { WgraftError } from "../../errors.js";
import type { ImageFile } from "../../io/dataset/folder.js";
import { ImageLoader, type SkippedImage } from "../../io/dataset/loader.js";
import type { ImagePreparation } from "../../io/images/prepare.js";
import { extractFeatures } from "../../models/data/extractFeatures.js";
import { ImageSource, type ImageSourceOptions } from "../../models/data/imageSource.js";
import { joined, type LabelledSamples } from "../../models/data/score.js";
import type { Model } from "../../models/model.js";
import type { Preprocess } from "../../models/training/batches.js";
import { formatShape, Tensor } from "../../tensor.js";
import { flag, positiveInteger } from "../../options/checks.js";
import { optional } from "../../options/fields.js";
import { defaults } from "../defaults.js";
import { reopenBase } from "../model/base.js";
import {
  baseFields,
  imageFields,
  transferFields,
  type ImageOptions,
  type TransferOptions,
} from "../options.js";
import { noteInterpolation, preprocessOf } from "../modelRecord.js";
import { colorModeOf, imageOptionsOf } from "../provenance.js";
import { predictFinite } from "./predictFinite.js";
import { joinedModel } from "../model/head.js";
import { checkFeatureSize, type SavedModel } from "./savedModel.js";

export interface ImageInputOptions extends TransferOptions, ImageOptions {
  /** Where the weights of the base are now: "imagenet", "random" or a file. Default: those that the head was trained with. */
  weights?: string;
  /** Never download weights. Default false. */
  offline?: boolean;
  /** Side of the images, of a model that takes them at any size. Default: each image's own. */
  size?: number;
  /** Images in one run. Default 20. */
  batchSize?: number;
  /** Omit images that do not decode instead of failing at the first. Default false. */
  skipBad?: boolean;
}

export const imageInputFields = {
  weights: baseFields.weights,
  offline: baseFields.offline,
  size: baseFields.size,
  ...imageFields,
  batchSize: optional(positiveInteger, defaults.batchSize),
  skipBad: optional(flag),
  ...transferFields,
};

type OnSkip = (skipped: SkippedImage) => void;

type Reading = Required<Omit<ImagePreparation, "height" | "width"> & Pick<ImageSourceOptions, "exif">>;

/** What a model makes of images. The same files give parts in their order, without the skipped ones. */
export interface ImageInputs {
  /** For `score`: how the model's own inputs are to be preprocessed. */
  readonly preprocess: Preprocess;
  /** What becomes of images before they are the model's input. */
  readonly preparation: Reading & Pick<ImagePreparation, "height" | "width">;
  /** Images in one run. */
  readonly batchSize: number;
  /** Whether images that do not decode are omitted. */
  readonly skipsBad: boolean;
  /** The model's inputs, in parts. */
  inputs(files: readonly ImageFile[], onSkip?: OnSkip): AsyncIterable<LabelledSamples<ImageFile>>;
  /** The model's outputs, in parts; the next images are decoded meanwhile. */
  outputs(files: readonly ImageFile[], onSkip?: OnSkip, signal?: AbortSignal): AsyncIterable<Outputs>;
  /** The model's outputs for resized images: uint8 (n, height, width, channels). */
  outputsOf(images: Tensor, signal?: AbortSignal): Promise<Tensor<"float32">>;
  /** One model from resized images to the outputs: of a head, with its base. */
  whole(): WholeModel;
}

export interface WholeModel {
  readonly model: Model;
  /** How its images become numbers. */
  readonly preprocess: Preprocess;
}

export interface Outputs {
  readonly outputs: Tensor<"float32">;
  readonly files: readonly ImageFile[];
}

/** Samples that the head is given at once. */
const samplesPerPart = 512;

/** Opens the recorded base of a head; a model that takes images needs none. */
export async function openImageInputs(saved: SavedModel, options: ImageInputOptions): Promise<ImageInputs> {
  if (saved.base) checkAsTrained(saved, options, imageOptionsOf(saved.base));
  if (saved.takesImages) return directInputs(saved, options);
  if (!saved.base) {
    throw new WgraftError(
      "bad-input",
      `${saved.path}: takes ${formatShape(saved.model.inputShape)}, no images, and neither it nor a config.json next to it ` +
        "records which base made its features",
    );
  }
  const base = await reopenBase(saved.base, options, saved.device);
  checkFeatureSize(saved, base.model.outputShape, `the base ${saved.base.application}`);
  return inputsThrough(base.model, imageOptionsOf(saved.base), saved, options);
}

/** Of a model that takes images itself. */
async function directInputs(
  { model, path, base }: SavedModel,
  options: ImageInputOptions,
): Promise<ImageInputs> {
  if (options.weights !== undefined) {
    throw new WgraftError(
      "usage",
      `\`weights\` is for a head that was trained on features; ${path} has those of its base in it`,
      { option: "weights" },
    );
  }
  const { batchSize = defaults.batchSize, skipBad } = options;
  const images = base ? imageOptionsOf(base) : await givenImageOptions(model, path, options);
  if (model.isOpen) return inputsOfOwnSize(model, images, options);
  const { preprocess, ...reading } = images;
  const [height, width] = model.inputShape;
  const preparation = { ...reading, height, width };
  const sourceOf = (files: readonly ImageFile[], onSkip?: OnSkip) =>
    new ImageSource(files, { ...preparation, preprocess, skipBad, onSkip });
  return {
    preprocess,
    preparation,
    ...{ batchSize, skipsBad: skipBad ?? false },
    inputs: (files, onSkip) =>
      joined(imageSamples(sourceOf(files, onSkip), batchSize, options.signal), samplesPerPart),
    async *outputs(files, onSkip, signal = options.signal) {
      const batches = extractFeatures(model, sourceOf(files, onSkip), { batchSize, signal });
      for await (const { features, files: part } of batches) yield { outputs: features, files: part };
    },
    outputsOf: (images, signal) =>
      predictFinite(model, images, { preprocess, batchSize, signal }, () => "image"),
    whole: () => ({ model, preprocess }),
  };
}

/** Of a model that leaves the size of its images open: each is taken in its own, where `size` does not say another. */
function inputsOfOwnSize(
  model: Model,
  { preprocess, ...reading }: Reading & { readonly preprocess: Preprocess },
  options: ImageInputOptions,
): ImageInputs {
  const { skipBad } = options;
  const [height, width] = model.inputs[0].openShape.map((extent) => extent ?? undefined);
  const preparation = { ...reading, height, width };
  async function* inputs(files: readonly ImageFile[], onSkip?: OnSkip, signal = options.signal) {
    const loader = new ImageLoader(files, { ...preparation, batchSize: 1, prefetch: 8, skipBad, onSkip });
    for await (const { images, shape, labels, files: part } of loader.batches(undefined, signal))
      yield { x: new Tensor(images, shape, "uint8"), labels, files: part };
  }
  const outputsOf = (x: Tensor, signal: AbortSignal | undefined, nameOf: (i: number) => string) =>
    predictFinite(model, x, { preprocess, batchSize: 1, signal }, nameOf);
  return {
    preprocess,
    preparation,
    ...{ batchSize: 1, skipsBad: skipBad ?? false },
    inputs,
    async *outputs(files, onSkip, signal) {
      for await (const { x, files: part } of inputs(files, onSkip, signal))
        yield { outputs: await outputsOf(x, signal, (i) => part[i].path), files: part };
    },
    outputsOf: (x, signal) => outputsOf(x, signal, () => "image"),
    whole: () => ({ model, preprocess }),
  };
}

/** Of a file that does not record them. */
async function givenImageOptions(
  model: Model,
  path: string,
  { preprocess, interpolation, exif = false, onNote }: ImageInputOptions,
) {
  const mode = await preprocessOf(model, path, preprocess);
  if (interpolation === undefined && !model.isOpen) noteInterpolation(path, onNote);
  return {
    preprocess: mode,
    interpolation: interpolation ?? defaults.interpolation,
    colorMode: colorModeOf(model.inputShape[2]),
    cropToAspectRatio: false,
    exif,
  };
}

/** Of a head, through the base that makes its features. */
function inputsThrough(
  base: Model,
  images: ReturnType<typeof imageOptionsOf>,
  { model }: SavedModel,
  options: ImageInputOptions,
): ImageInputs {
  const { batchSize = defaults.batchSize, skipBad } = options;
  const { preprocess, ...preparation } = images;
  let joint: Model | undefined;
  const extracted = (files: readonly ImageFile[], onSkip?: OnSkip, signal = options.signal) => {
    const source = new ImageSource(files, { ...images, skipBad, onSkip });
    const batches = extractFeatures(base, source, { batchSize, signal });
    return joined(featureSamples(batches, model.inputShape), samplesPerPart);
  };
  return {
    preprocess: "none",
    preparation,
    ...{ batchSize, skipsBad: skipBad ?? false },
    inputs: extracted,
    async *outputs(files, onSkip, signal = options.signal) {
      for await (const { x, files: part } of extracted(files, onSkip, signal))
        yield {
          outputs: await predictFinite(model, x, { batchSize, signal }, (i) => part[i].path),
          files: part,
        };
    },
    async outputsOf(x, signal) {
      const features = await predictFinite(base, x, { preprocess, batchSize, signal }, () => "image");
      const rows = features.reshape([x.shape[0], ...model.inputShape]);
      return predictFinite(model, rows, { batchSize, signal }, () => "image");
    },
    whole: () => ({ model: (joint ??= joinedModel(base, model)), preprocess }),
  };
}

/** Throws `usage` where images are to be preprocessed in another way than in the model's training. */
function checkAsTrained(
  { path }: SavedModel,
  options: ImageInputOptions,
  trained: Required<ImageOptions>,
): void {
  for (const name of ["preprocess", "interpolation", "exif"] as const) {
    if (options[name] === undefined || options[name] === trained[name]) continue;
    throw new WgraftError(
      "usage",
      `\`${name}\` ${options[name]}: ${path} was trained with ${trained[name]}; omit \`${name}\``,
      { option: name, expected: trained[name], got: options[name] },
    );
  }
}

async function* imageSamples(
  source: ImageSource,
  batchSize: number,
  signal?: AbortSignal,
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
