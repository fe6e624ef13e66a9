/** The convolutional base that turns images into features: opened from options, or again from what was recorded. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { WgraftError } from "../../errors.js";
import { sha256OfFile } from "../../io/cache/weightsCache.js";
import type { Device } from "../../kernels/gpu/device.js";
import {
  applications,
  arePublished,
  resolveWeights,
  type ApplicationName,
} from "../../models/applications/index.js";
import { loadWeights } from "../../models/saving/weights.js";
import { nameIn } from "../../names.js";
import { nearChoices } from "../../options/suggest.js";
import { defaults, imageDefaultsOf, type Pooling } from "../defaults.js";
import type { BaseOptions, ImageOptions, TransferOptions } from "../options.js";
import type { Base } from "./features.js";
import { reopenSavedBase } from "./savedBase.js";
import { hashOfRandomWeights, poolingOf, seedOfWeights, type FeaturesMeta } from "../provenance.js";

interface BaseSettings {
  application: string;
  /** "imagenet", "random" or a file. */
  weights: string;
  /** Height, width, channels of the images. */
  inputShape: readonly [number, number, number];
  layer?: string;
  pooling?: Pooling;
  alpha?: number;
  /** Of random weights. */
  seed: number;
  /** Never touch the network. */
  offline?: boolean;
  /** That the weights file must have. */
  weightsSha256?: string;
}

/** Throws `usage` for an unknown name. */
export function applicationOf(name: string): ApplicationName {
  return nameIn(applications, "application", name, "usage");
}

/**
 * Builds the base that options describe, and the record of it.
 * @param seed of random weights
 */
export async function openBase(
  options: BaseOptions & ImageOptions & TransferOptions,
  seed: number,
  classNames: readonly string[],
  device: Device,
): Promise<{ base: Base; meta: FeaturesMeta }> {
  const { app = defaults.app, weights = defaults.weights } = options;
  const own = imageDefaultsOf(app);
  const { size = own.size, preprocess = own.preprocess, interpolation = defaults.interpolation } = options;
  if (own.preprocess === "none" && preprocess !== "none") throw preprocessedTwice(app, preprocess);
  const { alpha, pooling, exif } = options;
  const inputShape = [size, size, 3] as const;
  const base = await open({ ...options, application: app, weights, inputShape, seed }, options, device);
  const meta = {
    classNames: [...classNames],
    application: app,
    layer: base.layer,
    inputShape: [...inputShape],
    preprocess,
    interpolation,
    ...(exif && { exif }),
    weights: base.weights,
    weightsSha256: base.weightsSha256,
    ...(alpha !== undefined && { alpha }),
    ...(pooling !== undefined && { pooling }),
  };
  return { base, meta };
}

function preprocessedTwice(app: string, preprocess: string): WgraftError {
  return new WgraftError(
    "usage",
    `\`preprocess\` ${preprocess}: ${app} begins with its own preprocessing and takes pixels from 0 to 255; omit \`preprocess\``,
    { option: "preprocess", expected: "none", got: preprocess },
  );
}

/** Builds the base and loads its weights, downloading them where that is allowed. */
async function open(settings: BaseSettings, options: TransferOptions, device: Device): Promise<Base> {
  const { inputShape, layer, pooling, alpha, seed, weights } = settings;
  const application = applicationOf(settings.application);
  if (!weightsByName.includes(weights)) await refuseMistypedWeights(weights);
  // Built first: a wrong argument is reported before a download begins.
  const model = applications[application].build({
    includeTop: false,
    inputShape,
    layer,
    pooling,
    alpha,
    seed,
    device,
    published: await arePublished(applications[application], weights),
  });
  const path = await weightsPath(application, settings, options);
  const sha256 = path === undefined ? hashOfRandomWeights(seed) : await sha256OfFile(path);
  const { weightsSha256: wanted } = settings;
  if (wanted !== undefined && wanted.toLowerCase() !== sha256)
    throw new WgraftError(
      "bad-input",
      `${path ?? "random weights"}: \`weightsSha256\` is ${wanted}, but its sha256 is ${sha256}`,
      {
        ...{ option: "weightsSha256", expected: wanted, got: sha256 },
      },
    );
  // The layers above the cut are in the published file, and may be in any other.
  if (path !== undefined)
    await loadWeights(model, path, { allowExtra: layer !== undefined, signal: options.signal });
  return {
    model,
    layer: layer ?? applications[application].featureLayer,
    weights: placeOfWeights(weights),
    weightsSha256: sha256,
  };
}

/** Weights under a name that means the same in every folder. */
export function placeOfWeights(weights: string): string {
  return weightsByName.includes(weights) ? weights : resolve(weights);
}

/** The file that contains the weights; undefined where they are random. */
async function weightsPath(
  application: ApplicationName,
  { weights, alpha, offline, inputShape, weightsSha256: sha256 }: BaseSettings,
  { signal, onDownload, onNote }: TransferOptions,
): Promise<string | undefined> {
  if (weights === "random") return undefined;
  if (weights !== "imagenet") return weights;
  const variant = { application, includeTop: false, alpha, inputShape };
  return resolveWeights({ ...variant, offline, signal, onProgress: onDownload, sha256, onNote });
}

const weightsByName = ["imagenet", "random"];

/** @throws WgraftError `usage` for a file that there is not, where one of the names was meant */
async function refuseMistypedWeights(weights: string): Promise<void> {
  const meant = nearChoices(weights, weightsByName);
  if (!meant || (await stat(weights).catch(() => undefined))) return;
  throw new WgraftError("usage", `\`weights\` ${weights}: no such file; did you mean ${meant}?`, {
    option: "weights",
    got: weights,
  });
}

/**
 * Opens the base that made recorded features.
 * @param options `weights`: where its weights are now. Default: where they were then
 * @throws WgraftError `bad-input` when those are different weights
 */
export async function reopenBase(
  recorded: FeaturesMeta,
  options: { weights?: string; offline?: boolean } & TransferOptions,
  device: Device,
): Promise<Base> {
  if (recorded.savedModel)
    return reopenSavedBase(recorded, options.weights ?? recorded.weights!, options, device);
  const seed = seedOfWeights(recorded);
  const [height, width, channels] = recorded.inputShape;
  const weights = options.weights ?? recorded.weights ?? (seed === undefined ? "imagenet" : "random");
  const settings: BaseSettings = {
    application: recorded.application,
    weights,
    inputShape: [height, width, channels],
    layer: recorded.layer,
    pooling: poolingOf(recorded),
    alpha: recorded.alpha,
    seed: seed ?? 0,
    offline: options.offline,
  };
  const base = await open(settings, options, device);
  if (base.weightsSha256 === recorded.weightsSha256) return base;
  throw new WgraftError(
    "bad-input",
    `the head was trained on features from ${recorded.application} with other weights than ${weights} ` +
      `(sha256 ${recorded.weightsSha256}, here ${base.weightsSha256}); name the right file with \`weights\``,
    { option: "weights", expected: recorded.weightsSha256, got: base.weightsSha256 },
  );
}
