/** The model that is trained on images: a base with a new head on top, a saved one, or that of a checkpoint. */
import type { Device } from "../../kernels/gpu/device.js";
import type { Model } from "../../models/model.js";
import type { ImageData } from "../data/imageData.js";
import type { BaseOptions, ImageOptions, TransferOptions } from "../options.js";
import type { FeaturesMeta } from "../provenance.js";
import { openBase } from "./base.js";
import { checkOutputs, graftHead, type HeadSettings } from "./head.js";
import { openSavedImages } from "./savedImages.js";

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
 * A saved model to train further.
 * @param given a model file, or a run folder
 * @throws WgraftError as `openSavedImages`, and `bad-input` unless it fits the number of classes
 */
export async function reopen(
  given: string,
  options: Parameters<typeof openSavedImages>[1],
  seed: number,
  data: Pick<ImageData, "classNames" | "splits">,
  device: Device,
): Promise<ImageModel> {
  const { model, path, meta } = await openSavedImages(given, options, seed, data, device);
  checkOutputs(model, data.classNames.length, path);
  return { model, base: meta };
}
