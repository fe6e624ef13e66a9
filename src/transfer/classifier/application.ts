/** An application with its top, as a model that distinguishes ImageNet's classes. */
import { sha256OfFile } from "../../io/cache/weightsCache.js";
import { applications, imagenetClasses, resolveWeights } from "../../models/applications/index.js";
import { applicationInputs } from "../../models/catalog.js";
import { defaults } from "../defaults.js";
import { applicationOf, placeOfWeights } from "../model/base.js";
import { openDevice, type ImageOptions, type TransferOptions } from "../options.js";
import { hashOfRandomWeights } from "../provenance.js";
import { readyToScore, type SavedModel } from "./savedModel.js";

export interface ApplicationModelOptions extends TransferOptions, ImageOptions {
  /** "imagenet", "random" or a file. Default "imagenet". */
  weights?: string;
  offline?: boolean;
  /** A class index file of ImageNet. Default: Keras's, from its cache or downloaded into it. */
  classIndex?: string;
  /** Default: ImageNet's. */
  classNames?: readonly string[];
}

/**
 * Opens an application with its top. Size and preprocessing are those that its weights were trained with.
 * @throws WgraftError `io` where weights or names cannot be had, `bad-input` for files that are not what they should be
 */
export async function openApplication(name: string, options: ApplicationModelOptions): Promise<SavedModel> {
  const application = applicationOf(name);
  const { weights = defaults.weights, offline, signal, onDownload: onProgress, onNote } = options;
  // First what a message would stop at: names are small, weights are not.
  const classNames = options.classNames ?? (await imagenetNames(options));
  const files = { offline, signal, onProgress };
  const path = weights === "imagenet" ? await resolveWeights({ application, ...files, onNote }) : weights;
  const device = await openDevice(options);
  const seed = 0;
  const model = await applications[application]({ weights, seed, device, ...files });
  const { interpolation = defaults.interpolation, exif } = options;
  const base = {
    classNames: [...classNames],
    application,
    layer: model.layers.at(-1)!.name,
    inputShape: [...model.inputShape],
    preprocess: applicationInputs[application].preprocess,
    interpolation,
    ...(exif && { exif }),
    weights: placeOfWeights(weights),
    weightsSha256: path === "random" ? hashOfRandomWeights(seed) : await sha256OfFile(path),
  };
  return readyToScore({ model, device, path: name, base, takes: "images" });
}

/** ImageNet's names; those that two classes have, with the ids, which differ. */
async function imagenetNames({
  classIndex,
  offline,
  signal,
  onDownload,
}: ApplicationModelOptions): Promise<string[]> {
  const classes = await imagenetClasses({ classIndex, offline, signal, onProgress: onDownload });
  const counts = new Map<string, number>();
  for (const { label } of classes) counts.set(label, (counts.get(label) ?? 0) + 1);
  return classes.map(({ id, label }) => (counts.get(label)! > 1 ? `${label} (${id})` : label));
}
