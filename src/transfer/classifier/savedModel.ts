/** A saved model, with what its run recorded of it. */
import { WgraftError } from "../../errors.js";
import { prepareHdf5 } from "../../io/hdf5/thread.js";
import type { Device } from "../../kernels/gpu/device.js";
import type { Model } from "../../models/model.js";
import { meaningOfOutput, type OutputMeaning } from "../../models/outputs.js";
import { nonFiniteWeights } from "../../models/training/nonFinite.js";
import { formatShape, sizeOf } from "../../tensor.js";
import { lossFor } from "../model/head.js";
import { loadSimpleModel } from "../model/simpleModel.js";
import { openDevice, type BaseOptions, type TransferOptions } from "../options.js";
import type { FeaturesMeta } from "../provenance.js";
import { modelRecordOf, type ModelRecord } from "../modelRecord.js";
import { existingModel } from "../run/files.js";

export interface SavedModel {
  readonly model: Model;
  readonly device: Device;
  /** Of the model file. */
  readonly path: string;
  /** What it was trained on, as its file or the config.json next to it says; undefined where neither does. */
  readonly base?: FeaturesMeta;
  /** Whether its inputs are images, and not features extracted by the base. */
  readonly takesImages: boolean;
  /** What its outputs are, as the file has it. */
  readonly meaning: OutputMeaning;
}

/**
 * Loads a model and what its run recorded, and compiles it for scoring.
 * @param path a model file, or a run folder
 */
export async function openSavedModel(
  path: string,
  options: TransferOptions & Pick<BaseOptions, "size">,
): Promise<SavedModel> {
  const file = await existingModel(path);
  prepareHdf5();
  const device = await openDevice(options);
  const model = await loadSimpleModel(file, { device, signal: options.signal, size: options.size });
  const record = await modelRecordOf(model, file, options.onNote);
  return readyToScore({ model, device, path: file, base: record?.base, takes: record?.takes });
}

/** A model and what is known of it. */
interface LoadedModel extends Pick<SavedModel, "model" | "device" | "path" | "base"> {
  /** Where that is recorded. */
  readonly takes?: ModelRecord["takes"];
}

/** Compiles a model for scoring. @throws WgraftError `bad-input` where it outputs no classes, or has numbers that are not finite */
export async function readyToScore({ takes, ...loaded }: LoadedModel): Promise<SavedModel> {
  const { model, device, path } = loaded;
  const bad = await nonFiniteWeights({ network: model, device });
  if (bad !== undefined)
    throw new WgraftError("bad-input", `${path}: ${bad} is not finite (NaN or infinite)`);
  const { inputShape, outputShape } = model;
  if (outputShape.length !== 1)
    throw new WgraftError(
      "bad-input",
      `${path}: outputs ${formatShape(outputShape)}, where class probabilities are needed`,
    );
  const meaning = meaningOfOutput(model);
  model.compile({ fromLogits: meaning === "logits", loss: lossFor(outputShape[0]), metrics: ["acc"] });
  const isImage = inputShape.length === 3 && (inputShape[2] === 3 || inputShape[2] === 1);
  return { ...loaded, takesImages: isImage && takes !== "features", meaning };
}

/** Number of classes that a model distinguishes. */
export function classesOf(model: Model): number {
  return Math.max(2, model.outputShape[0]);
}

/** Throws `bad-input` unless a head fits features of this shape. */
export function checkFeatureSize({ model, path }: SavedModel, shape: readonly number[], whose: string): void {
  const { inputShape } = model;
  if (sizeOf(inputShape) === sizeOf(shape)) return;
  throw new WgraftError(
    "bad-input",
    `${path}: takes inputs ${formatShape(inputShape)}, ${whose} gives ${formatShape(shape)}`,
  );
}
