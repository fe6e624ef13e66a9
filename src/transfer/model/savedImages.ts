/** A saved model that takes images, and how images become its input. */
import { resolve } from "node:path";
import { WgraftError } from "../../errors.js";
import { sha256OfFile } from "../../io/cache/weightsCache.js";
import type { Device } from "../../kernels/gpu/device.js";
import type { Model } from "../../models/model.js";
import { formatShape } from "../../tensor.js";
import { commonSize, type ImageData } from "../data/imageData.js";
import { defaults } from "../defaults.js";
import { modelRecordOf, noteInterpolation, preprocessOf } from "../modelRecord.js";
import type { BaseOptions, ImageOptions, TransferOptions } from "../options.js";
import type { FeaturesMeta } from "../provenance.js";
import { existingModel } from "../run/files.js";
import { loadSimpleModel, type ImageSize } from "./simpleModel.js";
import { innerBase } from "./trainable.js";

export interface SavedImages {
  readonly model: Model;
  /** Of the model's file. */
  readonly path: string;
  /** Of that file; `meta` may have what was recorded of another. */
  readonly sha256: string;
  /** What the model began with, and how images become its input. */
  readonly meta: FeaturesMeta;
}

/**
 * Opens a saved model for the images of a dataset. How they become its input is what is recorded of it, unless it is given; where
 * it leaves their size open, it is that of the images.
 * @param given a model file, or a run folder
 * @throws WgraftError `bad-input` for a model that takes no images, `usage` for another size than its own, and where images of
 *   several sizes do not decide it
 */
export async function openSavedImages(
  given: string,
  options: Pick<BaseOptions, "size"> & ImageOptions & Pick<TransferOptions, "signal" | "onNote">,
  seed: number,
  { classNames, splits }: Pick<ImageData, "classNames" | "splits">,
  device: Device,
): Promise<SavedImages> {
  const path = await existingModel(given);
  const { signal } = options;
  const load = (size: ImageSize | undefined) => loadSimpleModel(path, { device, seed, signal, size });
  const loaded = await load(options.size);
  const model = loaded.isOpen ? await load(commonSize(path, splits, options.exif)) : loaded;
  const { inputShape } = model;
  const [, , channels] = inputShape;
  if (inputShape.length !== 3 || (channels !== 3 && channels !== 1))
    throw new WgraftError("bad-input", `${path}: takes ${formatShape(inputShape)}, no images`);
  const record = await modelRecordOf(model, path, options.onNote);
  const recorded = record?.takes === "images" ? record.base : undefined;
  const preprocess = recorded
    ? (options.preprocess ?? recorded.preprocess)
    : await preprocessOf(model, path, options.preprocess);
  const interpolation = options.interpolation ?? recorded?.interpolation;
  if (interpolation === undefined) noteInterpolation(path, options.onNote);
  const exif = options.exif ?? recorded?.exif;
  const sha256 = await sha256OfFile(path);
  const base = innerBase(model) ?? model;
  const meta: FeaturesMeta = {
    application: base.name,
    layer: base.layers.at(-1)!.name,
    weights: resolve(path),
    weightsSha256: sha256,
    ...recorded,
    classNames: [...classNames],
    inputShape: [...inputShape],
    preprocess,
    interpolation: interpolation ?? defaults.interpolation,
    exif: exif || undefined,
  };
  return { model, path, sha256, meta };
}
