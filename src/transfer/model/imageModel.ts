/** The model that is trained on images: a base with a new head on top, a saved one, or that of a checkpoint. */
import { resolve } from "node:path";
import { WgraftError } from "../../errors.js";
import { sha256OfFile } from "../../io/cache/weightsCache.js";
import type { Device } from "../../kernels/gpu/device.js";
import type { Model } from "../../models/model.js";
import { formatShape } from "../../tensor.js";
import { defaults } from "../defaults.js";
import type { BaseOptions, ImageOptions, TransferOptions } from "../options.js";
import type { FeaturesMeta } from "../provenance.js";
import { modelRecordOf, noteInterpolation, preprocessOf } from "../modelRecord.js";
import { existingModel } from "../run/files.js";
import { openBase } from "./base.js";
import { checkOutputs, graftHead, type HeadSettings } from "./head.js";
import { commonSize, type ImageData } from "../data/imageData.js";
import { loadSimpleModel, type ImageSize } from "./simpleModel.js";
import { innerBase } from "./trainable.js";

export interface ImageModel {
  readonly model: Model;
  /** What it began with, and how images become its input. */
  readonly base: FeaturesMeta;
}

/** The base without its top, Flatten, and a new head: `Dense`, `Dropout`, `Dense`. */
export async function graft(
  options: BaseOptions & ImageOptions & TransferOptions,
  head: HeadSettings,
  classNames: readonly string[],
  device: Device,
): Promise<ImageModel> {
  const { base, meta } = await openBase(options, head.seed, classNames, device);
  return { model: graftHead(base.model, classNames.length, head, device), base: meta };
}

/**
 * A saved model to train further. How images become its input is what is recorded of it, unless it is given.
 * @param given a model file, or a run folder
 * @param data that it is trained on: where the model leaves its size open, it takes that of the images
 * @throws WgraftError `bad-input` unless it takes images and fits the number of classes, `usage` for another size, and where
 *   images of several sizes do not decide it
 */
export async function reopen(
  given: string,
  options: Pick<BaseOptions, "size"> & ImageOptions & Pick<TransferOptions, "signal" | "onNote">,
  seed: number,
  { classNames, splits }: Pick<ImageData, "classNames" | "splits">,
  device: Device,
): Promise<ImageModel> {
  const path = await existingModel(given);
  const { signal } = options;
  const load = (size: ImageSize | undefined) => loadSimpleModel(path, { device, seed, signal, size });
  const loaded = await load(options.size);
  const model = loaded.isOpen ? await load(commonSize(path, splits, options.exif)) : loaded;
  const { inputShape } = model;
  const [, , channels] = inputShape;
  if (inputShape.length !== 3 || (channels !== 3 && channels !== 1))
    throw new WgraftError("bad-input", `${path}: takes ${formatShape(inputShape)}, no images`);
  checkOutputs(model, classNames.length, path);
  const record = await modelRecordOf(model, path, options.onNote);
  const recorded = record?.takes === "images" ? record.base : undefined;
  const preprocess = recorded
    ? (options.preprocess ?? recorded.preprocess)
    : await preprocessOf(model, path, options.preprocess);
  const interpolation = options.interpolation ?? recorded?.interpolation;
  if (interpolation === undefined) noteInterpolation(path, options.onNote);
  const exif = options.exif ?? recorded?.exif;
  const base = innerBase(model) ?? model;
  const meta: FeaturesMeta = {
    application: base.name,
    layer: base.layers.at(-1)!.name,
    weights: resolve(path),
    weightsSha256: await sha256OfFile(path),
    ...recorded,
    classNames: [...classNames],
    inputShape: [...inputShape],
    preprocess,
    interpolation: interpolation ?? defaults.interpolation,
    exif: exif || undefined,
  };
  return { model, base: meta };
}
