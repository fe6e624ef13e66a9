/** The convolutional base that turns pictures into features: opened from options, or again from what was recorded. */
import { resolve } from "node:path";
import { WgraftError } from "../errors.js";
import type { FeaturesMeta } from "../io/features.js";
import { sha256OfFile } from "../io/cache/weightsCache.js";
import { preprocessModes } from "../kernels/image/preprocessModes.js";
import { applications, resolveWeights, type ApplicationName } from "../models/applications/index.js";
import type { Model } from "../models/model.js";
import { loadWeights } from "../models/saving/weights.js";
import type { Preprocess } from "../models/training/batches.js";
import { interpolations, type Interpolation } from "../io/images/resize.js";
import { namesOf } from "../names.js";
import { sameShape } from "../tensor.js";
import { poolings, type BaseOptions, type Pooling } from "./options.js";
import { startProgress, type Progress } from "./progress.js";
import type { CommandContext } from "./run.js";

export interface BaseSettings {
  application: string;
  /** "imagenet", "random" or a file. */
  weights: string;
  /** Height, width, channels of the pictures. */
  inputShape: readonly [number, number, number];
  layer?: string;
  pooling?: Pooling;
  alpha?: number;
  /** Of random weights. */
  seed: number;
  /** Never touch the network. */
  offline?: boolean;
}

export interface Base {
  readonly model: Model;
  /** The layer whose output the features are, before any pooling. */
  readonly layer: string;
  /** Where the weights were found: an absolute path, "imagenet" or "random". */
  readonly weights: string;
  /** Tells the weights apart: see `FeaturesMeta.weightsSha256`. */
  readonly weightsSha256: string;
}

/** Throws `usage` for a name that is not known. */
export function applicationOf(name: string): ApplicationName {
  if (Object.hasOwn(applications, name)) return name as ApplicationName;
  const known = Object.keys(applications).join(", ");
  throw new WgraftError("usage", `application ${name} is not known; known: ${known}`);
}

/** Builds the base on the command's device and loads its weights, downloading them where that is allowed. */
export async function openBase(settings: BaseSettings, context: CommandContext): Promise<Base> {
  const { inputShape, layer, pooling, alpha, seed } = settings;
  const application = applicationOf(settings.application);
  const device = await context.device();
  // Built first: a wrong argument is told before a download begins.
  const model = applications[application].build({
    includeTop: false,
    inputShape,
    layer,
    pooling,
    alpha,
    seed,
    device,
  });
  const path = await weightsPath(application, settings, context);
  // The layers above the cut are in the published file, and may be in any other.
  if (path !== undefined) await loadWeights(model, path, { allowExtra: layer !== undefined });
  const weightsSha256 = path === undefined ? randomWeights(seed) : await sha256OfFile(path);
  return {
    model,
    layer: layer ?? applications[application].featureLayer,
    weights: whereWeightsLie(settings.weights),
    weightsSha256,
  };
}

/** Weights under a name that holds in every folder. */
export function whereWeightsLie(weights: string): string {
  return ["imagenet", "random"].includes(weights) ? weights : resolve(weights);
}

/** Random weights follow from their seed, so the seed identifies them as a hash does a file. */
function randomWeights(seed: number): string {
  return `random:seed=${seed}`;
}

function seedOfRandom(weightsSha256: string): number | undefined {
  const seed = /^random:seed=(\d{1,10})$/.exec(weightsSha256)?.[1];
  return seed === undefined ? undefined : Number(seed);
}

/** The file that holds the weights; undefined where they are random. */
async function weightsPath(
  application: ApplicationName,
  { weights, alpha, offline, inputShape }: BaseSettings,
  { out, signal }: CommandContext,
): Promise<string | undefined> {
  if (weights === "random") return undefined;
  if (weights !== "imagenet") return weights;
  let progress: Progress | undefined;
  try {
    return await resolveWeights({
      application,
      includeTop: false,
      alpha,
      inputShape,
      offline,
      signal,
      onProgress: ({ url, received, total }) => {
        if (!progress) out.note(`downloading ${url}`);
        progress ??= startProgress({ label: "download", total: toMiB(total ?? 0), unit: "MiB" });
        progress.update(toMiB(received));
      },
    });
  } finally {
    progress?.stop();
  }
}

function toMiB(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}

function poolingOf({ pooling }: FeaturesMeta): Pooling | undefined {
  return pooling === undefined ? undefined : oneOf<Pooling>(pooling, poolings, "pooling");
}

/** How pictures are put before a base. */
export function picturesOf(meta: Pick<FeaturesMeta, "inputShape" | "preprocess" | "interpolation">) {
  const [height, width] = meta.inputShape as [number, number, number];
  return {
    height,
    width,
    preprocess: oneOf<Preprocess>(meta.preprocess, namesOf(preprocessModes), "preprocess"),
    interpolation: oneOf<Interpolation>(meta.interpolation, namesOf(interpolations), "interpolation"),
  };
}

function oneOf<T extends string>(value: string, known: readonly T[], what: string): T {
  if (known.includes(value as T)) return value as T;
  throw new WgraftError(
    "bad-input",
    `the recorded ${what} "${value}" is not known; known: ${known.join(", ")}`,
  );
}

/** What is recorded of a base, and of how pictures are put before it. */
export function describeBase(
  base: Base,
  options: Omit<BaseOptions, "weights"> & Pick<FeaturesMeta, "preprocess" | "interpolation">,
  classNames: readonly string[],
): FeaturesMeta {
  const { app, size, preprocess, interpolation, alpha, pooling } = options;
  return {
    classNames: [...classNames],
    application: app,
    layer: base.layer,
    inputShape: [size, size, 3],
    preprocess,
    interpolation,
    weights: base.weights,
    weightsSha256: base.weightsSha256,
    ...(alpha !== undefined && { alpha }),
    ...(pooling !== undefined && { pooling }),
  };
}

/**
 * Opens the base that made recorded features.
 * @param weights where its weights lie now; default: where they lay then
 * @throws WgraftError `bad-input` when those are other weights
 */
export async function reopenBase(
  recorded: FeaturesMeta,
  given: { weights?: string; offline?: boolean },
  context: CommandContext,
): Promise<Base> {
  const seed = seedOfRandom(recorded.weightsSha256);
  const [height, width, channels] = recorded.inputShape as [number, number, number];
  const weights = given.weights ?? recorded.weights ?? (seed === undefined ? "imagenet" : "random");
  const base = await openBase(
    {
      application: recorded.application,
      weights,
      inputShape: [height, width, channels],
      layer: recorded.layer,
      pooling: poolingOf(recorded),
      alpha: recorded.alpha,
      seed: seed ?? 0,
      offline: given.offline,
    },
    context,
  );
  if (base.weightsSha256 === recorded.weightsSha256) return base;
  throw new WgraftError(
    "bad-input",
    `the head was trained on features of ${recorded.application} with other weights than ${weights} ` +
      `(sha256 ${recorded.weightsSha256}, here ${base.weightsSha256}); name the right file with --weights`,
    { expected: recorded.weightsSha256, got: base.weightsSha256 },
  );
}

/** Throws `bad-input` unless both describe features of one and the same base. */
export function checkSameBase(recorded: FeaturesMeta, given: FeaturesMeta, file: string): void {
  const differences = [
    ["application", recorded.application, given.application],
    ["layer", recorded.layer, given.layer],
    ["pooling", recorded.pooling ?? "none", given.pooling ?? "none"],
    ["alpha", recorded.alpha ?? 1, given.alpha ?? 1],
    ["preprocess", recorded.preprocess, given.preprocess],
    ["interpolation", recorded.interpolation, given.interpolation],
    ["weights_sha256", recorded.weightsSha256, given.weightsSha256],
    ["class_names", recorded.classNames.join(", "), given.classNames.join(", ")],
  ]
    .filter(([, then, now]) => then !== now)
    .map(([name, then, now]) => `${name} ${now}, not ${then}`);
  if (!sameShape(recorded.inputShape, given.inputShape))
    differences.push(`input_shape ${given.inputShape.join("×")}, not ${recorded.inputShape.join("×")}`);
  if (differences.length === 0) return;
  throw new WgraftError(
    "bad-input",
    `${file}: these features are of another base than the model was trained on: ${differences.join("; ")}`,
  );
}
