/** A part of a saved model as the base that makes features. */
import { resolve } from "node:path";
import { WgraftError } from "../../errors.js";
import { sha256OfFile } from "../../io/cache/weightsCache.js";
import type { Device } from "../../kernels/gpu/device.js";
import { cutAt, outputAt } from "../../models/applications/cutAt.js";
import { poolingLayer } from "../../models/applications/common/assemble.js";
import { Model } from "../../models/model.js";
import type { ImageData } from "../data/imageData.js";
import type { Pooling } from "../defaults.js";
import type { BaseOptions, ImageOptions, TransferOptions } from "../options.js";
import { poolingOf, type FeaturesMeta } from "../provenance.js";
import type { Base } from "./features.js";
import { openSavedImages } from "./savedImages.js";
import { loadSimpleModel } from "./simpleModel.js";
import { innerBase } from "./trainable.js";

/**
 * Opens a saved model, up to one of its layers.
 * @param given a model file, or a run folder
 * @throws WgraftError as `openSavedImages`, and `usage` where it is not said which layer it is cut after
 */
export async function openSavedBase(
  given: string,
  options: BaseOptions & ImageOptions & TransferOptions,
  seed: number,
  data: Pick<ImageData, "classNames" | "splits">,
  device: Device,
): Promise<{ base: Base; meta: FeaturesMeta }> {
  const { model, path, sha256, meta: whole } = await openSavedImages(given, options, seed, data, device);
  const { pooling } = options;
  const layer = options.layer ?? innerBase(model)?.name;
  if (layer === undefined) {
    const message = `${path}: name the layer whose output the features are with \`layer\`; it has ${model.layers.map(({ name }) => name).join(", ")}`;
    throw new WgraftError("usage", message, { option: "layer" });
  }
  const meta: FeaturesMeta = {
    ...whole,
    application: model.name,
    ...{ layer, pooling, alpha: undefined, savedModel: true },
    ...{ weights: resolve(path), weightsSha256: sha256 },
  };
  return { base: baseOf(model, meta), meta };
}

/**
 * Opens the part of a saved model that made recorded features.
 * @param path where the model's file is now
 * @throws WgraftError `bad-input` where the file has other weights than those
 */
export async function reopenSavedBase(
  recorded: FeaturesMeta,
  path: string,
  { signal }: TransferOptions,
  device: Device,
): Promise<Base> {
  const weightsSha256 = await sha256OfFile(path);
  if (weightsSha256 !== recorded.weightsSha256)
    throw new WgraftError(
      "bad-input",
      `the head was trained on features of another model than ${path} (sha256 ${recorded.weightsSha256}, here ${weightsSha256}); name the right file with \`weights\``,
      { option: "weights", expected: recorded.weightsSha256, got: weightsSha256 },
    );
  const [height, width] = recorded.inputShape;
  const model = await loadSimpleModel(path, { device, signal, size: [height, width] });
  return baseOf(model, recorded);
}

function baseOf(model: Model, meta: FeaturesMeta): Base {
  const { layer, weights = "", weightsSha256 } = meta;
  const pooling = poolingOf(meta);
  const cut = pooling ? pooled(model, layer, pooling) : cutAt(model, layer);
  return { model: cut, layer, weights, weightsSha256 };
}

function pooled(model: Model, layer: string, pooling: Pooling): Model {
  const outputs = poolingLayer(pooling).apply(outputAt(model, layer));
  const { name, device, inputs } = model;
  return new Model({ inputs: inputs[0], outputs, name, device });
}
