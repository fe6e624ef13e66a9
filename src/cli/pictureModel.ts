/** The model that is trained on pictures: a base with a new head on it, a saved one, or that of a checkpoint. */
import { resolve } from "node:path";
import { WgraftError } from "../errors.js";
import type { FeaturesMeta } from "../io/features.js";
import { sha256OfFile } from "../io/cache/weightsCache.js";
import type { Model } from "../models/model.js";
import { loadModel } from "../models/saving/load.js";
import { formatShape } from "../tensor.js";
import { describeBase, openBase } from "./base.js";
import type { Checkpoint } from "./checkpoint.js";
import { checkOutputs, graftHead, rebuildHead } from "./head.js";
import type { CommandContext } from "./run.js";
import { checkpointPath, readRunConfig, type RunSettings } from "./runFolder.js";
import type { IsGiven, TrainOptions } from "./train.js";
import { innerBase } from "./trainable.js";

export interface PictureModel {
  readonly model: Model;
  /** What it began with, and how pictures are put before it. */
  readonly base: FeaturesMeta;
}

/** The base without its top, Flatten, and a new head: `Dense`, `Dropout`, `Dense`. */
export async function graft(
  options: TrainOptions,
  seed: number,
  classNames: readonly string[],
  context: CommandContext,
): Promise<PictureModel> {
  const { app, size, units, dropout } = options;
  const inputShape = [size, size, 3] as const;
  const base = await openBase({ ...options, application: app, inputShape, seed }, context);
  const settings = { units, dropout, seed };
  const model = graftHead(base.model, classNames.length, settings, await context.device());
  return { model, base: describeBase(base, options, classNames) };
}

/**
 * A saved model to go on with. How pictures are put before it is what its config.json tells, unless it is typed.
 * @throws WgraftError `bad-input` unless it takes pictures and tells these classes apart, `usage` for another --size
 */
export async function reopen(
  path: string,
  options: TrainOptions,
  isGiven: IsGiven,
  seed: number,
  classNames: readonly string[],
  context: CommandContext,
): Promise<PictureModel> {
  const model = await loadModel(path, { device: await context.device(), seed });
  const { inputShape } = model;
  const [height, width, channels] = inputShape;
  if (inputShape.length !== 3 || channels !== 3)
    throw new WgraftError("bad-input", `${path}: takes ${formatShape(inputShape)}, no pictures`);
  if (isGiven("size") && (options.size !== height || options.size !== width)) {
    throw new WgraftError(
      "usage",
      `--size ${options.size}: ${path} takes pictures of ${height}×${width}; leave --size away`,
    );
  }
  checkOutputs(model, classNames.length, path);
  const config = await readRunConfig(path);
  const recorded = config?.data === undefined ? undefined : config.base;
  const base = innerBase(model) ?? model;
  const choose = (name: "preprocess" | "interpolation") =>
    isGiven(name) ? options[name] : (recorded?.[name] ?? options[name]);
  const meta: FeaturesMeta = {
    application: base.name,
    layer: base.layers.at(-1)!.name,
    weights: resolve(path),
    weightsSha256: await sha256OfFile(path),
    ...recorded,
    classNames: [...classNames],
    inputShape: [...inputShape],
    preprocess: choose("preprocess"),
    interpolation: choose("interpolation"),
  };
  return { model, base: meta };
}

/** The model that a checkpoint describes; `restore` puts its weights in place. */
export async function rebuild(
  { state }: Checkpoint,
  settings: RunSettings,
  run: string,
  context: CommandContext,
): Promise<PictureModel> {
  const device = await context.device();
  const model = rebuildHead(state.architecture, checkpointPath(run), settings.seed, device);
  return { model, base: state.base };
}
