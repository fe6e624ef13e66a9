/** Exports of Google's Teachable Machine ("Keras", "Tensorflow"): keras_model.h5 with labels.txt next to it. */
import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { WgraftError } from "../../errors.js";
import { sha256OfFile } from "../../io/cache/weightsCache.js";
import type { Model } from "../../models/model.js";
import { Sequential } from "../../models/sequential.js";
import type { FeaturesMeta } from "../provenance.js";
import { innerBase } from "./trainable.js";

const labelsFile = "labels.txt";
const maxLabelsBytes = 2 ** 20;

/**
 * What is known of such an export: the names of its classes, and how its images are prepared, which the site's own sample
 * code does: the middle of the image, cut to a square, resized, x / 127.5 − 1.
 * @returns undefined for any other model
 * @throws WgraftError `bad-input` where labels.txt names more or fewer classes than the model has, or cannot be read as such
 */
export async function teachableMachineRecord(
  model: Model,
  file: string,
  onNote?: (note: string) => void,
): Promise<FeaturesMeta | undefined> {
  if (!isExport(model)) return undefined;
  const classNames = await labelsNextTo(file);
  if (!classNames) return undefined;
  const [classes] = model.outputShape;
  if (classNames.length !== classes) {
    throw new WgraftError(
      "bad-input",
      `${join(dirname(file), labelsFile)}: names ${classNames.length} classes, ${file} has ${classes}`,
    );
  }
  const base = innerBase(model)!;
  onNote?.(
    `${file}: a Teachable Machine export: classes from ${labelsFile}; images are cut to a square in the middle, resized bilinearly, x / 127.5 − 1`,
  );
  return {
    classNames,
    application: base.name,
    layer: base.layers.at(-1)!.name,
    inputShape: [...model.inputShape],
    preprocess: "tf",
    interpolation: "bilinear",
    cropToAspectRatio: true,
    weights: resolve(file),
    weightsSha256: await sha256OfFile(file),
  };
}

/** A Sequential of two: one with the network, and one with the head that was trained in the browser. */
function isExport(model: Model): boolean {
  if (!(model instanceof Sequential)) return false;
  const { stackedLayers, inputShape, outputShape } = model;
  const isImage = inputShape.length === 3 && (inputShape[2] === 3 || inputShape[2] === 1);
  const [features, head, ...more] = stackedLayers;
  const isStack = features instanceof Sequential && head instanceof Sequential && more.length === 0;
  return isStack && isImage && outputShape.length === 1 && innerBase(features) !== undefined;
}

/**
 * Of lines "0 cat" the names; lines that nobody numbered are names as they are. Undefined where there is no such file.
 * @throws WgraftError `bad-input` where only some lines are numbered, or not from 0 up
 */
async function labelsNextTo(file: string): Promise<string[] | undefined> {
  const path = join(dirname(file), labelsFile);
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile() || info.size > maxLabelsBytes) return undefined;
  const lines = (await readFile(path, "utf8")).split(/\r?\n/).map((line) => line.trim());
  const filled = lines.filter((line) => line !== "");
  if (filled.length === 0) return undefined;
  const numbered = filled.map((line) => /^(\d+)\s+(\S.*)$/.exec(line));
  if (numbered.every((parts) => parts === null)) return filled;
  return numbered.map((parts, i) => {
    if (Number(parts?.[1]) === i) return parts![2];
    throw new WgraftError("bad-input", `${path}: expected "${i} NAME", got "${filled[i]}"`);
  });
}
